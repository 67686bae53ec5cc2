import assert from "node:assert/strict";
import test from "node:test";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import type { Matrix } from "../../lib/matrix.js";
import { KMeans } from "../../lib/models/k-means.js";
import { Random } from "../../lib/random.js";
import { bothEngines, withoutNative } from "./both-engines.js";
import { assertClose, golden, matrixOf } from "./clustering-golden.js";

for (const [name, c] of Object.entries(golden.kMeans))
  bothEngines(`KMeans agrees with scikit-learn from the same centres: ${name}`, () => {
    const initialCenters: Matrix = {
      data: Float64Array.from(c.initialCenters),
      shape: [c.nClusters, c.shape[1]],
    };
    const model = new KMeans({ nClusters: c.nClusters, initialCenters }).fit(matrixOf(c));
    assert.deepEqual([...model.labels], c.labels);
    assert.equal(model.nIter, c.nIter);
    assertClose(model.clusterCenters.data, c.centers, 1e-10, "centres");
    assertClose([model.inertia], [c.inertia], 1e-10, "inertia");
  });

function blobs(n: number, d: number, k: number): Matrix {
  const random = new Random(5);
  const centers = Float64Array.from({ length: k * d }, () => random.normal(0, 20));
  const data = Float32Array.from({ length: n * d }, (_, i) => {
    const row = Math.floor(i / d);
    return centers[(row % k) * d + (i % d)] + random.normal();
  });
  return { data, shape: [n, d] };
}

bothEngines("k-means++ finds well separated clusters from one seed", () => {
  const model = new KMeans({ nClusters: 6, seed: 3 }).fit(blobs(600, 4, 6));
  for (let i = 0; i < 600; i++) assert.equal(model.labels[i], model.labels[i % 6]);
  assert.equal(new Set(model.labels).size, 6);
  // 4 degrees of freedom a row, and 6 centres fitted: E = 4 (600 - 6), standard deviation 69.
  assert.ok(Math.abs(model.inertia - 2376) < 350, `inertia ${model.inertia}`);
});

test("native and TypeScript take the same path", async (t) => {
  if (!numeric()) return t.skip("the numeric addon is not built");
  const x = blobs(3001, 7, 9);
  const native = new KMeans({ nClusters: 12, seed: 1 }).fit(x);
  const reference = await withoutNative(() => new KMeans({ nClusters: 12, seed: 1 }).fit(x));
  assert.deepEqual(native.labels, reference.labels);
  assert.equal(native.nIter, reference.nIter);
  assertClose([native.inertia], [reference.inertia], 1e-10, "inertia");
  assertClose(native.clusterCenters.data, reference.clusterCenters.data, 1e-10, "centres");
});

bothEngines("the same seed repeats", () => {
  const x = blobs(400, 3, 10);
  const one = new KMeans({ nClusters: 10, seed: 2 }).fit(x);
  assert.deepEqual(new KMeans({ nClusters: 10, seed: 2 }).fit(x).labels, one.labels);
});

bothEngines("duplicates: more clusters than distinct rows still ends, with inertia 0", () => {
  const x: Matrix = { data: Float64Array.from({ length: 40 }, (_, i) => i % 2), shape: [20, 2] };
  const model = new KMeans({ nClusters: 4 }).fit(x);
  assert.equal(model.inertia, 0);
  assert.ok(model.clusterCenters.data.every(Number.isFinite));
});

bothEngines("bad input is named", () => {
  const x = blobs(5, 2, 2);
  assert.throws(() => new KMeans({ nClusters: 6 }).fit(x), /n_samples=5 should be >= nClusters=6/);
  assert.throws(() => new KMeans({ nClusters: 0 }), /nClusters is 0/);
  assert.throws(
    () => new KMeans({ nClusters: 2 }).fit({ data: new Float64Array(0), shape: [0, 2] }),
    /0 rows/,
  );
  const nan: Matrix = { data: Float64Array.of(1, Number.NaN, 2, 3), shape: [2, 2] };
  assert.throws(() => new KMeans({ nClusters: 1 }).fit(nan), /NaN at row 0, column 1/);
  const initialCenters = blobs(3, 2, 2);
  assert.throws(() => new KMeans({ nClusters: 2, initialCenters }).fit(x), /expected \[2,2\]/);
});

test("an empty cluster takes the row farthest from its centre, and none that lies on it", () => {
  const fit = (rows: number[], centers: number[]) =>
    new KMeans({
      nClusters: 2,
      initialCenters: { data: Float64Array.from(centers), shape: [2, 1] },
    }).fit({ data: Float64Array.from(rows), shape: [rows.length, 1] });
  const far = fit([0, 1, 10], [0, 100]);
  assert.deepEqual(
    [[...far.clusterCenters.data], [...far.labels]],
    [
      [0.5, 10],
      [0, 0, 1],
    ],
  );
  assert.deepEqual([far.inertia, far.nIter], [0.5, 2]);
  assert.deepEqual([...fit([1, 1], [1, 5]).clusterCenters.data], [1, 5]);
});
