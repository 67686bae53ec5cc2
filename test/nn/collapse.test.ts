import assert from "node:assert/strict";
import { test } from "node:test";
import { collapseWarning, embeddingSpread } from "../../lib/nn/collapse.js";
import { Random } from "../../lib/random.js";

const matrix = (n: number, d: number, value: (i: number, j: number) => number) => ({
  data: Float32Array.from({ length: n * d }, (_, k) => value(Math.floor(k / d), k % d)),
  shape: [n, d] as [number, number],
});

test("directions all over the sphere have spread 1 and use every dimension", () => {
  const random = new Random(1);
  const { embeddingStd, effectiveRank } = embeddingSpread(matrix(2000, 8, () => random.normal()));
  assert.ok(Math.abs(embeddingStd - 1) < 0.02, `${embeddingStd}`);
  assert.ok(effectiveRank > 7.8 && effectiveRank <= 8, `${effectiveRank}`);
});

test("one answer for every image has spread 0 and rank 0; a line has rank 1", () => {
  assert.deepEqual(embeddingSpread(matrix(5, 4, (_, j) => j + 1)).effectiveRank, 0);
  assert.ok(embeddingSpread(matrix(5, 4, (_, j) => j + 1)).embeddingStd < 1e-6);
  assert.ok(Math.abs(embeddingSpread(matrix(5, 4, (i, j) => i * (j + 1))).effectiveRank - 1) < 1e-9);
});

test("the participation ratio of known variances: (4 + 1)^2 / (16 + 1)", () => {
  // Two uncorrelated columns with variances in the ratio 4 to 1.
  const x = matrix(4, 2, (i, j) => (j === 0 ? [2, 2, -2, -2] : [1, -1, 1, -1])[i]);
  assert.ok(Math.abs(embeddingSpread(x).effectiveRank - 25 / 17) < 1e-9);
});

test("only collapse is warned of, and the warning says what to try", () => {
  assert.equal(collapseWarning(1.2, { embeddingStd: 0.7, effectiveRank: 20 }), null);
  // Before training from random weights: brightness alone, and no collapse.
  assert.equal(collapseWarning(1.2, { embeddingStd: 0.7, effectiveRank: 1.2 }), null);
  assert.match(collapseWarning(1.2, { embeddingStd: 0.7, effectiveRank: 1.05 })!, /use 1.05 directions/);
  assert.match(collapseWarning(1e-5, { embeddingStd: 0.01, effectiveRank: 1 })!, /larger batch/);
});
