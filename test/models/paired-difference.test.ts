import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { holm, pairedDifference, studentP } from "../../lib/models/paired-difference.js";
import { regularisedBeta } from "../../lib/models/special-functions.js";
import { Random } from "../../lib/random.js";

/** Values of scipy; made by test/reference/paired-difference.py. */
const golden = JSON.parse(readFileSync("test/reference/paired-difference.json", "utf8")) as {
  cases: { runs: number[][]; share: number; mean: number; error: number; p: number }[];
  student: [number, number, number][];
  beta: [number, number, number, number][];
  holm: { p: number[]; corrected: number[] };
};

// 1e-11 of the value: of I_x(5000, 700) the three logGamma alone lose four digits of sixteen.
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-11 * Math.abs(expected) + 1e-300, `${actual}, not ${expected}`);

const average = (x: readonly number[]) => x.reduce((a, b) => a + b) / x.length;
const run = (splits: number[]) => ({ mean: average(splits), splits });

test("mean, error and p agree with scipy for one seed and for several", () => {
  for (const { runs, share, mean, error, p } of golden.cases) {
    const found = pairedDifference(runs.map(run), share);
    close(found.mean, mean);
    close(found.error, error);
    close(found.p, p);
  }
});

test("Student's p, the incomplete beta function and Holm's correction agree with scipy and numpy", () => {
  for (const [t, freedom, p] of golden.student) close(studentP(t, freedom), p);
  for (const [x, a, b, value] of golden.beta) close(regularisedBeta(x, a, b), value);
  assert.ok(Number.isNaN(regularisedBeta(1.1, 1, 1)) && Number.isNaN(regularisedBeta(0.5, 0, 1)));
  for (const [i, p] of holm(golden.holm.p).entries()) close(p, golden.holm.corrected[i]);
});

test("the other way round the difference has the other sign and the same p", () => {
  const { runs, share } = golden.cases[2];
  const there = pairedDifference(runs.map(run), share);
  const back = pairedDifference(
    runs.map((r) => run(r.map((d) => -d))),
    share,
  );
  close(back.mean, -there.mean);
  close(back.p, there.p);
});

test("more splits of the same rows do not make a difference surer without end; more seeds do not either", () => {
  const { runs } = golden.cases[0];
  const [d] = runs;
  const many = Array.from({ length: 40 }, () => d).flat();
  const ratio = pairedDifference([run(many)], 0.25).error / pairedDifference([run(d)], 0.25).error;
  assert.ok(ratio > 0.95 && ratio < 1, `forty times the splits: error ${ratio}`);
  const seeds = pairedDifference(
    Array.from({ length: 40 }, () => run(d)),
    0.25,
  );
  close(seeds.error, pairedDifference([run(d)], 0.25).error);
});

test("what only one seed says is not told apart once seeds scatter more than they differ", () => {
  const at = (mean: number) => run(golden.cases[0].runs[0].map((d) => d - 0.03 + mean));
  assert.ok(pairedDifference([at(0.06)], 0.25).p < 0.01);
  assert.ok(pairedDifference([at(0.06), at(-0.02), at(0.02)], 0.25).p > 0.2);
});

test("two equal classifiers on samples of rows are told apart in at most about one of twenty", () => {
  const random = new Random(3);
  let told = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    // Right or wrong on each of 100 rows, independently; 50 splits hold out 25 of them.
    const rows = Array.from(
      { length: 100 },
      () => Number(random.uniform() < 0.8) - Number(random.uniform() < 0.8),
    );
    const splits = Array.from({ length: 50 }, () =>
      average([...random.permutation(100).subarray(0, 25)].map((i) => rows[i])),
    );
    if (pairedDifference([run(splits)], 0.25).p <= 0.05) told++;
  }
  assert.ok(told / trials < 0.08, `${told} of ${trials}`);
});

test("without splits nothing is claimed, and without scatter everything", () => {
  const none = pairedDifference(
    [
      { mean: 0.2, splits: null },
      { mean: 0.21, splits: null },
    ],
    0.25,
  );
  assert.deepEqual([none.p, Number.isNaN(none.error)], [1, true]);
  assert.equal(pairedDifference([run([0.1, 0.1, 0.1])], 0.25).p < 1e-6, true);
  assert.equal(pairedDifference([run([0, 0, 0])], 0.25).p, 1);
  // Runs of one mean do not scatter: what is left is of the splits, as many degrees as the shortest run has.
  const runs = [
    { mean: 0.5, splits: [0, 0.5, 1] },
    { mean: 0.5, splits: [0.5, 0, 1, 0.25, 0.75] },
  ];
  close(pairedDifference(runs, 0.25).freedom, 2);
  assert.throws(() => pairedDifference([], 0.25), /no runs/);
  assert.throws(() => pairedDifference([run([0, 1])], 1), /between 0 and 1/);
  assert.throws(() => pairedDifference([run([0, 1]), run([0, Number.NaN])], 0.25), /run 1 has a difference/);
});
