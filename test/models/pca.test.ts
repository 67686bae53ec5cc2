import assert from "node:assert/strict";
import test from "node:test";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import type { Matrix } from "../../lib/matrix.js";
import { mergeMoments, momentsOf, rowBlock } from "../../lib/models/covariance.js";
import { Pca } from "../../lib/models/pca.js";
import { Random } from "../../lib/random.js";
import { bothEngines, withoutNative } from "./both-engines.js";
import { assertClose, golden, matrixOf } from "./clustering-golden.js";

for (const [name, c] of Object.entries(golden.pca))
  bothEngines(`Pca agrees with scikit-learn: ${name}`, () => {
    const x = matrixOf(c);
    const pca = new Pca(c.options).fit(x);
    assert.equal(pca.nComponents, c.explainedVariance.length);
    // 1e-8 of the largest: the covariance route's own error is ~1e-16 of the largest variance.
    assertClose(pca.explainedVariance, c.explainedVariance, 1e-8, "explained variance");
    assertClose(pca.explainedVarianceRatio, c.explainedVarianceRatio, 1e-8, "ratio");
    assertClose(pca.mean, c.mean, 1e-12, "mean");
    assertClose(pca.components.data, c.components, 1e-8, "components");
    assertClose(pca.transform(x).data, c.scores, 1e-8, "scores");
  });

function randomMatrix(n: number, d: number, seed = 1): Matrix {
  const random = new Random(seed);
  const data = Float32Array.from({ length: n * d }, (_, i) => random.normal(3, 1 + 10 / (1 + (i % d))));
  return { data, shape: [n, d] };
}

test("native and TypeScript agree to 1e-10, f32 input, sizes that fill no block", async (t) => {
  if (!numeric()) return t.skip("the numeric addon is not built");
  const x = randomMatrix(1003, 67);
  const native = new Pca({ nComponents: 20 }).fit(x);
  const reference = await withoutNative(() => new Pca({ nComponents: 20 }).fit(x));
  assertClose(native.explainedVariance, reference.explainedVariance, 1e-10, "explained variance");
  assertClose(native.components.data, reference.components.data, 1e-10, "components");
  const scores = await withoutNative(() => reference.transform(x));
  assertClose(native.transform(x).data, scores.data, 1e-10, "scores");
});

bothEngines("components are orthonormal and all of them rebuild the data", () => {
  const x = randomMatrix(50, 12);
  const pca = new Pca().fit(x);
  const rebuilt = pca.inverseTransform(pca.transform(x));
  assertClose(rebuilt.data, x.data, 1e-12, "rebuilt");
  for (let i = 0; i < 12; i++)
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let q = 0; q < 12; q++) dot += pca.components.data[i * 12 + q] * pca.components.data[j * 12 + q];
      assert.ok(Math.abs(dot - (i === j ? 1 : 0)) < 1e-12);
    }
});

bothEngines("the largest score of each component is positive, and a row offset costs no digits", () => {
  const x = randomMatrix(300, 8);
  const far: Matrix = { data: Float64Array.from(x.data, (v) => v + 1e6), shape: x.shape };
  const near = new Pca({ nComponents: 3 }).fit(x);
  const scores = near.transform(x).data;
  for (let c = 0; c < 3; c++) {
    let largest = 0;
    for (let i = 0; i < 300; i++)
      if (Math.abs(scores[i * 3 + c]) > Math.abs(largest)) largest = scores[i * 3 + c];
    assert.ok(largest > 0);
  }
  // Adding 1e6 rounds each value at 1e-10: 1e-9 is what is left to compare.
  assertClose(new Pca({ nComponents: 3 }).fit(far).explainedVariance, near.explainedVariance, 1e-9, "far");
});

bothEngines("a share that a component reaches exactly is not exceeded: the next one is kept too", () => {
  // Variances 4/7, 2/7, 2/7.
  const rows = [1, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1];
  const x: Matrix = { data: Float64Array.from(rows), shape: [8, 3] };
  assert.deepEqual([...new Pca().fit(x).explainedVarianceRatio], [0.5, 0.25, 0.25]);
  assert.equal(new Pca({ variance: 0.5 }).fit(x).nComponents, 2);
  assert.equal(new Pca({ variance: 0.49 }).fit(x).nComponents, 1);
  const two = momentsOf(rowBlock(x, 3, 5));
  assert.throws(() => Pca.fromMoments(two, { nComponents: 3 }), /at most min\(n, D\)=2/);
});

test("JSON keeps the model exactly", () => {
  const x = randomMatrix(40, 5);
  const pca = new Pca({ variance: 0.9 }).fit(x);
  const loaded = Pca.fromJSON(JSON.parse(JSON.stringify(pca)));
  assert.deepEqual(loaded.transform(x), pca.transform(x));
  assert.equal(loaded.nComponents, pca.nComponents);
  assert.throws(() => Pca.fromJSON({ ...pca.toJSON(), kind: "umap" as "pca" }), /saved "umap"/);
});

test("progress counts rows and an abort stops", () => {
  const x = randomMatrix(500, 4);
  const seen: number[] = [];
  new Pca().fit(x, { onProgress: (e) => seen.push(e.done / e.total) });
  assert.equal(seen.at(-1), 1);
  assert.throws(() => new Pca().fit(x, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

bothEngines("bad input is named", () => {
  const x = randomMatrix(10, 3);
  const withValue = (v: number): Matrix => {
    const data = Float64Array.from(x.data);
    data[4] = v;
    return { data, shape: [10, 3] };
  };
  assert.throws(() => new Pca().fit(withValue(Number.NaN)), /NaN at row 1, column 1/);
  assert.throws(() => new Pca().fit(withValue(Number.POSITIVE_INFINITY)), /Infinity at row 1, column 1/);
  assert.throws(() => new Pca().fit({ data: new Float64Array(0), shape: [0, 3] }), /0 rows/);
  assert.throws(() => new Pca().fit({ data: new Float64Array(3), shape: [1, 3] }), /1 rows/);
  assert.throws(() => new Pca().fit({ data: new Float64Array(5), shape: [2, 3] }), /do not fill/);
  assert.throws(() => new Pca({ nComponents: 4 }).fit(x), /at most min\(n, D\)=3/);
  const same: Matrix = { data: new Float64Array(30).fill(0.1), shape: [10, 3] };
  assert.throws(() => new Pca().fit(same), /no variance/);
  assert.throws(() => new Pca({ variance: 1 }), /between 0 and 1/);
  assert.throws(() => new Pca({ nComponents: 0 }), />= 1/);
  assert.throws(() => new Pca({ nComponents: 2, variance: 0.5 }), /not both/);
  assert.throws(() => new Pca().transform(x), /not fitted/);
  const fitted = new Pca().fit(x);
  assert.throws(() => fitted.transform(randomMatrix(3, 4)), /X has 4 features/);
  assert.deepEqual(fitted.transform({ data: new Float64Array(0), shape: [0, 3] }).shape, [0, 3]);
});

bothEngines("moments merged over parts give what a fit on all rows gives, but for the sign rule", () => {
  const x = randomMatrix(500, 12);
  const parts = [rowBlock(x, 0, 1), rowBlock(x, 1, 300), rowBlock(x, 300, 300), rowBlock(x, 300, 500)];
  const empty = { n: 0, mean: new Float64Array(12), scatter: new Float64Array(144) };
  const moments = parts.map((part) => (part.shape[0] ? momentsOf(part) : empty)).reduce(mergeMoments, empty);
  const merged = Pca.fromMoments(moments, { variance: 0.95 });
  const fitted = new Pca({ variance: 0.95 }).fit(x);
  assert.equal(merged.nComponents, fitted.nComponents);
  assertClose(merged.mean, fitted.mean, 1e-12, "mean");
  assertClose(merged.explainedVariance, fitted.explainedVariance, 1e-10, "variance");
  for (let c = 0; c < merged.nComponents; c++) {
    const [a, b] = [merged, fitted].map((m) => m.components.data.slice(12 * c, 12 * (c + 1)) as Float64Array);
    const largest = a.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0);
    assert.ok(largest > 0);
    const sign = Math.sign(a[0] * b[0]);
    assertClose(
      a,
      b.map((v) => sign * v),
      1e-9,
      `component ${c}`,
    );
  }
  assert.throws(
    () => mergeMoments(moments, { n: 1, mean: new Float64Array(2), scatter: new Float64Array(4) }),
    /12 and of 2 columns/,
  );
  assert.throws(() => Pca.fromMoments(empty), /0 rows/);
  assert.throws(() => Pca.fromMoments({ ...moments, scatter: new Float64Array(144) }), /no variance/);
});

bothEngines("fewer rows than columns: what is not there has no variance, and the rows come back", () => {
  const x = randomMatrix(30, 200);
  const pca = new Pca().fit(x);
  assert.equal(pca.nComponents, 30);
  // 30 rows about their mean span 29 directions.
  assert.ok(pca.explainedVariance[28] > 1e-3 * pca.explainedVariance[0]);
  assert.ok(pca.explainedVariance[29] < 1e-12 * pca.explainedVariance[0]);
  assertClose(pca.inverseTransform(pca.transform(x)).data, x.data, 1e-10, "rebuilt");
});
