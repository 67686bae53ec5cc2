import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../lib/random.js";
import { compareStarts, type StartRun } from "../../lib/study/compare-starts.js";

const average = (x: readonly number[]) => x.reduce((a, b) => a + b) / x.length;

/** Accuracies about `level` over fifty splits that all starts share; `offset` of this seed. */
function run(name: string, level: number, { seed = 1, epochs = 12, offset = 0, kept = true } = {}): StartRun {
  const shared = new Random(seed);
  const own = new Random(seed).fork(name);
  const splits = Array.from(
    { length: 50 },
    () => level + offset + 0.04 * shared.normal() + 0.004 * own.normal(),
  );
  const centred = splits.map((v) => v - average(splits) + level + offset);
  return {
    name,
    seed,
    epochs: Array.from({ length: epochs + 1 }, (_, epoch) => {
      const values = centred.map((v) => (epoch ? v : v - 0.1));
      const knn = {
        mean: average(values),
        std: 0.04,
        ...(kept || epoch === epochs ? { splits: values } : {}),
      };
      return { epoch, knn };
    }),
  };
}

const places = (runs: StartRun[]) =>
  Object.fromEntries(compareStarts(runs).starts.map(({ name, best, worst }) => [name, [best, worst]]));

test("what differs by more than its paired scatter has a place of its own, the rest share theirs", () => {
  const runs = [run("a", 0.85), run("b", 0.8), run("c", 0.8005), run("d", 0.6)];
  assert.deepEqual(places(runs), { a: [1, 1], c: [2, 3], b: [2, 3], d: [4, 4] });
  const { starts, pairs, from, to, rule } = compareStarts(runs);
  assert.deepEqual([from, to, pairs.length], [3, 12, 6]);
  assert.ok(Math.abs(starts[0].trained - 0.85) < 1e-9 && Math.abs(starts[0].untrained - 0.75) < 1e-9);
  assert.match(rule, /epochs 3 to 12\..*one seed 1, which tells nothing of other seeds/);
});

test("neighbours that are not told apart share places even where the ends are", () => {
  // c - b and b - a are within the scatter, c - a is beyond it.
  const step = 0.0003 + 0.004 * Math.sqrt(2) * Math.sqrt(1 / 50 + 1 / 3);
  const runs = [run("a", 0.7), run("b", 0.7 + 1.6 * step), run("c", 0.7 + 3.2 * step)];
  assert.deepEqual(places(runs), { c: [1, 2], b: [1, 3], a: [2, 3] });
});

test("seeds that disagree take a place back", () => {
  const one = [run("a", 0.82), run("b", 0.8)];
  assert.deepEqual(places(one), { a: [1, 1], b: [2, 2] });
  const more = [-0.05, 0.04].flatMap((offset, k) => [
    run("a", 0.82, { seed: k + 2, offset }),
    run("b", 0.8, { seed: k + 2 }),
  ]);
  assert.deepEqual(places([...one, ...more]), { a: [1, 2], b: [1, 2] });
  assert.match(compareStarts([...one, ...more]).rule, /over the 3 seeds 1, 2, 3/);
});

test("only epochs that every run has are compared; logs of before splits were kept still are", () => {
  const runs = [run("a", 0.85, { epochs: 50 }), run("b", 0.8, { epochs: 50 })];
  const later = [
    run("a", 0.85, { seed: 2, epochs: 10 }),
    run("b", 0.8, { seed: 2, epochs: 10, kept: false }),
  ];
  const { from, to, starts } = compareStarts([...runs, ...later]);
  assert.deepEqual([from, to], [1, 10]);
  assert.deepEqual([starts[0].best, starts[1].worst], [1, 2]);
  // The first seed's splits at epochs 1 to 10 are gone, the second's are known at its end.
  const old = [
    run("a", 0.85, { epochs: 50, kept: false }),
    run("b", 0.8, { epochs: 50, kept: false }),
    ...later,
  ];
  assert.deepEqual(places(old), { a: [1, 1], b: [2, 2] });
  const none = later.map((r) => ({
    ...r,
    epochs: r.epochs.map((e) => ({ ...e, knn: { mean: e.knn!.mean, std: 0.04 } })),
  }));
  assert.deepEqual(places(none), { a: [1, 2], b: [1, 2] }, "without splits nothing is told apart");
});

test("what was not trained is compared as it is; a missing run is named", () => {
  const { from, to } = compareStarts([run("a", 0.85, { epochs: 0 }), run("b", 0.8, { epochs: 0 })]);
  assert.deepEqual([from, to], [0, 0]);
  assert.throws(
    () => compareStarts([run("a", 0.8), run("b", 0.8), run("a", 0.8, { seed: 2 })]),
    /no run of b with seed 2/,
  );
});
