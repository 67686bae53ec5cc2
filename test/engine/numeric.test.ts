import assert from "node:assert/strict";
import test from "node:test";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import { Random } from "../../lib/random.js";

const native = numeric();
const skip = native ? false : "the numeric addon is not built";
const random = new Random(11);
const values = (n: number) => Float64Array.from({ length: n }, () => random.uniform(-1, 1));

/** op(a)[m, k] op(b)[k, n], the plain way. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  n: number,
  k: number,
  ta = false,
  tb = false,
) {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let p = 0; p < k; p++)
        out[i * n + j] += (ta ? a[p * m + i] : a[i * k + p]) * (tb ? b[j * k + p] : b[p * n + j]);
  return out;
}

/** Largest difference; sums of up to 300 terms below 1 in size are exact to well below 1e-12. */
const worst = (a: Float64Array, b: Float64Array) => a.reduce((w, v, i) => Math.max(w, Math.abs(v - b[i])), 0);

test("the switch gives null, and the addon again", { skip }, () => {
  process.env.LATENT_SKY_NUMERIC = "off";
  assert.equal(numeric(), null);
  delete process.env.LATENT_SKY_NUMERIC;
  assert.equal(numeric(), native);
});

test("multiply: every transpose, shapes beside the block sizes, f32 and f64", { skip }, () => {
  for (const [m, n, k] of [
    [1, 1, 1],
    [7, 25, 3],
    [65, 49, 130],
    [33, 1570, 17],
    [9, 24, 300],
    [3, 4, 0],
  ])
    for (const ta of [false, true])
      for (const tb of [false, true]) {
        const a = Float32Array.from(values(m * k));
        const b = values(k * n);
        const out = new Float64Array(m * n).fill(Number.NaN);
        native!.multiply(a, b, m, n, k, ta, tb, out);
        assert.ok(worst(out, product(a, b, m, n, k, ta, tb)) < 1e-12, `${m} ${n} ${k} ${ta} ${tb}`);
      }
});

// Few rows, and enough of them for the narrow case that goes in chunks.
for (const n of [203, 4999])
  test(`scatter and project centre what they multiply, ${n} rows`, { skip }, () => {
    const [d, k] = [37, 5];
    const x = values(n * d);
    const mean = new Float64Array(d);
    native!.columnMeans(x, n, d, mean);
    const centred = x.map((v, i) => v - mean[i % d]);
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += centred[i * d + j];
      assert.ok(Math.abs(sum) < 1e-11);
    }
    const scatter = new Float64Array(d * d).fill(1);
    native!.scatter(x, n, d, mean, scatter);
    const expected = product(centred, centred, d, d, n, true, false).map((v) => v + 1);
    assert.ok(worst(scatter, expected) < 1e-11);
    const components = values(k * d);
    const scores = new Float64Array(n * k);
    native!.project(x, n, d, mean, components, k, scores);
    assert.ok(worst(scores, product(centred, components, n, k, d, false, true)) < 1e-12);
  });

test("cholesky rebuilds its matrix; a matrix that is not positive definite is an Error", { skip }, () => {
  for (const n of [1, 2, 64, 65, 150]) {
    const b = values(n * 2 * n);
    const a = product(b, b, n, n, 2 * n, true, false);
    const l = a.slice();
    native!.cholesky(l, n);
    assert.ok(worst(product(l, l, n, n, n, false, true), a) < 1e-11, `n ${n}`);
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) assert.equal(l[i * n + j], 0);
  }
  assert.throws(() => native!.cholesky(Float64Array.of(1, 2, 2, 1), 2), /not positive definite/);
  assert.throws(() => native!.cholesky(Float64Array.of(Number.NaN), 1), /not positive definite/);
});

test("symmetricEigen: A v = w v, orthonormal, descending; repeated and zero eigenvalues", { skip }, () => {
  const check = (a: Float64Array, n: number) => {
    const w = new Float64Array(n);
    const v = new Float64Array(n * n);
    native!.symmetricEigen(a.slice(), n, n, w, v);
    for (let i = 1; i < n; i++) assert.ok(w[i - 1] >= w[i]);
    const scale = Math.max(1, Math.abs(w[0]), Math.abs(w[n - 1]));
    const av = product(v, a, n, n, n);
    assert.ok(
      worst(
        av,
        v.map((x, i) => x * w[Math.floor(i / n)]),
      ) <
        1e-12 * scale,
      `n ${n}`,
    );
    const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    assert.ok(worst(product(v, v, n, n, n, false, true), identity) < 1e-12);
    return w;
  };
  for (const n of [1, 2, 3, 40, 129]) {
    const b = values(n * n);
    check(
      b.map((x, i) => x + b[(i % n) * n + Math.floor(i / n)]),
      n,
    );
  }
  assert.deepEqual([...check(Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), 3)], [2, 2, 2]);
  const w = check(new Float64Array(25).fill(1), 5);
  assert.ok(Math.abs(w[0] - 5) < 1e-14 && Math.abs(w[4]) < 1e-14);
  const nan = new Float64Array(9).fill(Number.NaN);
  assert.throws(
    () => native!.symmetricEigen(nan, 3, 3, new Float64Array(3), new Float64Array(9)),
    /did not converge/,
  );
});

test("wrong arguments throw and name the argument; nothing is read past an end", { skip }, () => {
  const out = new Float64Array(4);
  assert.throws(
    () => native!.multiply(values(3), values(4), 2, 2, 2, false, false, out),
    /argument 0 .*at least 4/,
  );
  assert.throws(
    () => native!.multiply(values(4), values(4), 2, 2, 2, false, false, new Float64Array(3)),
    /argument 7/,
  );
  assert.throws(() => native!.multiply(values(4), values(4), -1, 2, 2, false, false, out), /argument 2/);
  assert.throws(() => native!.columnMeans([1, 2] as unknown as Float64Array, 1, 2, out), /argument 0/);
  const labels = Int32Array.of(0, 7);
  assert.throws(
    () => native!.mixtureMoments(values(4), 2, 2, 2, labels, values(4), out, out, new Float64Array(8)),
    /labels in \[0, k\)/,
  );
});
