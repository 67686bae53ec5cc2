import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { BayesianGaussianMixture } from "../../lib/models/bayesian-gaussian-mixture.js";
import { rowBlock } from "../../lib/models/covariance.js";
import { mixtureOverBlocks } from "../../lib/models/mixture-over-blocks.js";
import { Random } from "../../lib/random.js";
import { bothEngines } from "./both-engines.js";
import { assertClose } from "./clustering-golden.js";

function blobs(n: number, d: number): Matrix {
  const random = new Random(5);
  const data = new Float32Array(n * d);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) data[i * d + j] = random.normal(4 * Math.sin(7 * (i % 3) + j), 1);
  return { data, shape: [n, d] };
}

const options = { nComponents: 5, weightConcentrationPrior: 0.5, maxIter: 300, tol: 1e-3, seed: 2 };

bothEngines("EM over blocks equals EM over all rows from the same start", async () => {
  const x = blobs(1200, 4);
  const start = new BayesianGaussianMixture({ ...options, maxIter: 3 }).fit(rowBlock(x, 0, 300));
  const state = start.toJSON();
  const blocks = [rowBlock(x, 0, 500), rowBlock(x, 500, 501), rowBlock(x, 501, 1200)];
  const ours = await mixtureOverBlocks(() => blocks, BayesianGaussianMixture.fromJSON(state, options));
  const whole = BayesianGaussianMixture.fromJSON(state, { ...options, warmStart: true }).fit(x);
  assert.ok(Math.abs(whole.nIter - ours.nIter) <= 1, `${ours.nIter} iterations and ${whole.nIter}`);
  assert.ok(ours.converged);
  // Sums over other blocks round otherwise; both stop where the bound moves by less than 1e-3.
  assert.ok(
    Math.abs(ours.lowerBound - whole.lowerBound) < 2e-3,
    `${ours.lowerBound} and ${whole.lowerBound}`,
  );
  const still = { ...options, maxIter: 8, tol: 0 };
  const a = await mixtureOverBlocks(() => blocks, BayesianGaussianMixture.fromJSON(state, still));
  const b = BayesianGaussianMixture.fromJSON(state, { ...still, warmStart: true }).fit(x);
  assertClose(a.means.data, b.means.data, 1e-9, "means after the same iterations");
  assertClose(a.weights, b.weights, 1e-9, "weights");
  assertClose(
    a.covariances.flatMap((c) => [...c.data]),
    b.covariances.flatMap((c) => [...c.data]),
    1e-9,
    "covariances",
  );
});

test("the same blocks give the same bits, and what does not fit is refused", async () => {
  const x = blobs(300, 3);
  const start = new BayesianGaussianMixture(options).fit(rowBlock(x, 0, 100));
  const once = await mixtureOverBlocks(() => [rowBlock(x, 0, 200), rowBlock(x, 200, 300)], start);
  const again = await mixtureOverBlocks(() => [rowBlock(x, 0, 200), rowBlock(x, 200, 300)], start);
  assert.deepEqual(again.toJSON(), once.toJSON());
  await assert.rejects(
    mixtureOverBlocks(() => [], start),
    /hold 0 rows/,
  );
  await assert.rejects(
    mixtureOverBlocks(() => [blobs(10, 4)], start),
    /of 4 columns; 3 are needed/,
  );
});
