import assert from "node:assert/strict";
import { test } from "node:test";
import { heldOutSearches } from "../../lib/discovery/held-out-searches.js";
import { voteOracle } from "../../lib/discovery/oracle.js";
import { recallCurve, timesChance } from "../../lib/discovery/recall-curve.js";
import { searchAblations } from "../../lib/discovery/search-ablations.js";
import type { Matrix } from "../../lib/matrix.js";
import { resampledError } from "../../lib/models/resampled-error.js";
import { Random } from "../../lib/random.js";

const n = 160;
/** Every eighth object is sought; they lie around (4, 0, 0) where `apart`, among all the others where not. */
function objects(apart: boolean): { features: Matrix; truth: number[]; scores: number[] } {
  const random = new Random(3);
  const truth = Array.from({ length: n }, (_, i) => Number(i % 8 === 0));
  const data = Float64Array.from(
    { length: 3 * n },
    (_, k) => random.normal() + (apart && k % 3 === 0 && truth[(k / 3) | 0] ? 4 : 0),
  );
  return { features: { data, shape: [n, 3] }, truth, scores: truth.map((t) => 5 * t) };
}

test("a search is judged on a half it never asked about: all halves alike, the same by the same seed", async () => {
  const { features, truth, scores } = objects(true);
  const asked: number[] = [];
  const inner = voteOracle(scores);
  const oracle: typeof inner = (rows, mayOwe) => {
    asked.push(...rows);
    return inner(rows, mayOwe);
  };
  const options = { oracle, budget: 30, halves: 4, seed: 5 };
  const found = await heldOutSearches(features, truth, options);
  assert.equal(asked.length, 4 * 30);
  assert.deepEqual(
    found.curves.map((c) => [c.found.length, c.total]),
    Array(4).fill([n / 2, n / 16]),
  );
  assert.deepEqual(found.gains, found.curves.map(timesChance));
  assert.ok(found.gain > 6 && found.gain <= 8, `apart they are found: ${found.gain} of 8 times chance`);
  assert.equal(found.error, resampledError(found.gains, 0.5));
  assert.ok(
    found.told.every((share) => share > 0.6 && share <= 1),
    `30 labels of 80 would hold 0.38 by chance: ${found.told}`,
  );
  assert.deepEqual((await heldOutSearches(features, truth, options)).gains, found.gains);
  assert.notDeepEqual((await heldOutSearches(features, truth, { ...options, seed: 6 })).curves, found.curves);
});

test("features that know nothing find what chance finds: no label leaks into the half that judges", async () => {
  const { features, truth, scores } = objects(false);
  const found = await heldOutSearches(features, truth, { oracle: voteOracle(scores), budget: 60, halves: 8 });
  assert.ok(Math.abs(found.gain - 1) < 3 * found.error, `${found.gain} ± ${found.error}`);
});

test("thinned to a share, every half holds as many of the sought; too few are refused in a sentence", async () => {
  const { features, truth, scores } = objects(true);
  const oracle = voteOracle(scores);
  const found = await heldOutSearches(features, truth, { oracle, budget: 20, halves: 2, share: 0.07 });
  // 140 others stay, and 11 of the 20: round(0.07 / 0.93 x 140). Half of them, rounded down, is held out.
  assert.deepEqual(
    found.curves.map((c) => [c.found.length, c.total]),
    Array(2).fill([70 + 5, 5]),
  );
  const whole = await heldOutSearches(features, truth, { oracle, budget: n, halves: 1 });
  assert.deepEqual(
    whole.told,
    [1],
    "a search that labels all of its half has labelled all that are sought there",
  );
  const one = truth.map((_, i) => Number(i === 7));
  await assert.rejects(heldOutSearches(features, truth, { oracle, halves: 0 }), /halves is 0; give/);
  await assert.rejects(heldOutSearches(features, one, { oracle }), /at least two objects .*there are 1/);
});

test("ablations search the same halves: a variant that changes nothing differs by nothing", async () => {
  const { features, truth, scores } = objects(true);
  const rows = await searchAblations(features, truth, {
    oracle: voteOracle(scores),
    budget: 20,
    halves: 2,
    beside: { "the same again": features },
  });
  assert.equal(rows[0].difference, null);
  assert.deepEqual(
    { ...rows.at(-1)!, variant: "" },
    { ...rows[0], variant: "", difference: { mean: 0, error: 0, freedom: 1, p: 1 } },
  );
  assert.ok(rows.some((r) => r.difference && r.difference.mean !== 0));
});

test("times chance and the error over splits, by hand", () => {
  // Two of the three true ones in the first three of six: chance finds 1.5 there.
  assert.equal(timesChance(recallCurve([0, 1, 2, 3, 4, 5], [1, 1, 0, 1, 0, 0])), 2 / 1.5);
  assert.throws(() => timesChance(recallCurve([0, 1], [0, 0])), /nothing to be found/);
  // s² of 1, 2, 3, 4 is 5/3; times 1/4 + 0.25/0.75.
  assert.ok(Math.abs(resampledError([1, 2, 3, 4], 0.25) - Math.sqrt((5 / 3) * (7 / 12))) < 1e-15);
  assert.ok(Number.isNaN(resampledError([1], 0.25)));
  assert.throws(() => resampledError([1, 2], 1), /testShare is 1/);
});
