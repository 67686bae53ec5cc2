import assert from "node:assert/strict";
import test from "node:test";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import type { Matrix } from "../../lib/matrix.js";
import { BayesianGaussianMixture, type MixtureStep } from "../../lib/models/bayesian-gaussian-mixture.js";
import { responsibilities } from "../../lib/models/mixture-pass.js";
import { Random } from "../../lib/random.js";
import { bothEngines, withoutNative } from "./both-engines.js";
import { assertClose, golden, matrixOf } from "./clustering-golden.js";

const concatenated = (covariances: Matrix[]) => covariances.flatMap((c) => Array.from(c.data));

for (const [name, c] of Object.entries(golden.mixtures)) {
  bothEngines(`mixture agrees with scikit-learn from the same responsibilities: ${name}`, () => {
    const x = matrixOf(c);
    const initialResponsibilities: Matrix = {
      data: Float64Array.from(c.perMille, (m) => m / 1000),
      shape: [c.shape[0], c.nComponents],
    };
    const model = new BayesianGaussianMixture({
      nComponents: c.nComponents,
      weightConcentrationPrior: 0.5,
      maxIter: c.iterations,
      tol: 0,
      initialResponsibilities,
    });
    const bounds = Array.from(model.steps(x), (step) => step.lowerBound);
    // The bar: 1e-6 relative after the same iterations. 20 of them amplify rounding, most where clusters overlap.
    c.bounds.forEach((bound, i) => {
      assert.ok(Math.abs(bounds[i] - bound) <= 1e-6 * Math.abs(bound), `bound ${i}: ${bounds[i]}, ${bound}`);
    });
    assert.equal(model.lowerBound, bounds.at(-1));
    assert.equal(model.nIter, c.iterations);
    assertClose(model.weights, c.weights, 1e-6, "weights");
    assertClose(model.means.data, c.means, 1e-6, "means");
    c.covariances.forEach((covariance, k) => {
      assertClose(model.covariances[k].data, covariance, 1e-6, `covariance ${k}`);
    });
    assert.deepEqual([...model.predict(x)], c.labels);
    const first: Matrix = { data: x.data.subarray(0, 10 * c.shape[1]), shape: [10, c.shape[1]] };
    if (c.shape[0] >= 10)
      assertClose(model.predictProba(first).data, c.probaOfFirstRows, 1e-6, "responsibilities");
  });

  bothEngines(`best of ten k-means starts is not worse than scikit-learn's by 0.1%: ${name}`, () => {
    const model = new BayesianGaussianMixture({
      nComponents: c.nComponents,
      weightConcentrationPrior: 0.5,
      nInit: 10,
      maxIter: 1000,
      seed: 0,
    }).fit(matrixOf(c));
    const worst = c.bestOfTenBound - 0.001 * Math.abs(c.bestOfTenBound);
    assert.ok(model.lowerBound >= worst, `${model.lowerBound}, scikit-learn ${c.bestOfTenBound}`);
    assert.ok(model.converged);
  });
}

function blobs(n: number, d: number, k: number, seed = 7, apart = 3): Matrix {
  const random = new Random(seed);
  const centers = Float64Array.from({ length: k * d }, () => random.normal(0, apart));
  const data = Float64Array.from({ length: n * d }, (_, i) => {
    const row = Math.floor(i / d);
    return centers[(row % k) * d + (i % d)] + random.normal();
  });
  return { data, shape: [n, d] };
}

test("native and TypeScript agree to 1e-10 after one iteration, in many shapes", async (t) => {
  if (!numeric()) return t.skip("the numeric addon is not built");
  for (const [n, d, k] of [
    [2, 1, 1],
    [33, 1, 3],
    [100, 8, 4],
    [1025, 29, 20],
    [700, 33, 3],
    [200, 64, 2],
    [5000, 3, 5],
  ]) {
    const x = blobs(n, d, Math.min(k, 6));
    const random = new Random(n);
    const proba = Float64Array.from({ length: n * k }, () => (random.uniform() < 0.3 ? 0 : random.uniform()));
    for (let i = 0; i < n; i++) {
      const sum = proba.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0);
      for (let c = 0; c < k; c++) proba[i * k + c] = sum > 0 ? proba[i * k + c] / sum : 1 / k;
    }
    const options = {
      nComponents: k,
      maxIter: 1,
      initialResponsibilities: { data: proba, shape: [n, k] } as Matrix,
    };
    const native = new BayesianGaussianMixture(options).fit(x);
    const reference = await withoutNative(() => new BayesianGaussianMixture(options).fit(x));
    const what = `${n} x ${d}, K ${k}: `;
    assertClose([native.lowerBound], [reference.lowerBound], 1e-10, `${what}bound`);
    assertClose(native.weights, reference.weights, 1e-10, `${what}weights`);
    assertClose(native.means.data, reference.means.data, 1e-10, `${what}means`);
    assertClose(
      concatenated(native.covariances),
      concatenated(reference.covariances),
      1e-10,
      `${what}covariances`,
    );
    const slow = await withoutNative(() => responsibilities(x, native.parameters));
    assertClose(native.predictProba(x).data, slow.proba.data, 1e-10, `${what}responsibilities`);
    assert.deepEqual(native.predict(x), slow.labels);
    assert.deepEqual(native.assign(x), { proba: native.predictProba(x), labels: native.predict(x) });
  }
});

test("the result does not depend on the number of threads", (t) => {
  const native = numeric();
  if (!native) return t.skip("the numeric addon is not built");
  const x = blobs(6000, 5, 4);
  const fit = () => new BayesianGaussianMixture({ nComponents: 6, maxIter: 5, tol: 0 }).fit(x).toJSON();
  const threads = native.threads(0);
  const many = fit();
  native.threads(1);
  const one = fit();
  native.threads(threads);
  assert.deepEqual(one, many);
});

bothEngines("components that are not needed lose their weight; f32 and f64 data agree", () => {
  const x = blobs(600, 3, 3, 7, 20);
  const options = { nComponents: 8, weightConcentrationPrior: 1e-3, maxIter: 500, seed: 1 };
  const model = new BayesianGaussianMixture(options).fit(x);
  assert.equal(model.weights.filter((w) => w > 0.05).length, 3);
  const labels = model.predict(x);
  for (let i = 0; i < 600; i++) assert.equal(labels[i], labels[i % 3]);
  const single: Matrix = { data: Float32Array.from(x.data), shape: x.shape };
  const inSingle = new BayesianGaussianMixture(options).fit(single);
  // f32 rounds the data at 6e-8 of their size.
  assertClose(inSingle.means.data, model.means.data, 1e-4, "means from f32");
});

bothEngines("steps yield states of their own, the bound rises, stopping early leaves a usable model", () => {
  const x = blobs(300, 2, 4);
  const model = new BayesianGaussianMixture({ nComponents: 5, maxIter: 30, tol: 0, seed: 4 });
  const seen: MixtureStep[] = [];
  for (const step of model.steps(x)) {
    seen.push(step);
    if (step.iteration === 6) break;
  }
  assert.equal(seen.length, 6);
  assert.notDeepEqual(seen[0].means.data, seen[5].means.data);
  for (let i = 1; i < 6; i++)
    assert.ok(seen[i].change > -1e-9 && seen[i].change === seen[i].lowerBound - seen[i - 1].lowerBound);
  assert.equal(seen[0].change, Number.POSITIVE_INFINITY);
  assert.equal(model.lowerBound, seen[5].lowerBound);
  assert.deepEqual(model.means.data, seen[5].means.data);
  assert.equal(model.converged, false);
});

bothEngines("an aborted fit goes on through JSON and warmStart to the uninterrupted result", () => {
  const x = blobs(300, 2, 4);
  const options = { nComponents: 5, maxIter: 400, seed: 4 };
  const whole = new BayesianGaussianMixture(options).fit(x);
  const stop = new AbortController();
  const stopped = new BayesianGaussianMixture(options);
  assert.throws(
    () => stopped.fit(x, { signal: stop.signal, onProgress: (e) => e.done === 5 && stop.abort() }),
    { name: "AbortError" },
  );
  assert.equal(stopped.nIter, 5);
  const saved = JSON.parse(JSON.stringify(stopped));
  const [next] = BayesianGaussianMixture.fromJSON(saved, { warmStart: true }).steps(x);
  assert.equal(next.change, next.lowerBound - stopped.lowerBound);
  const resumed = BayesianGaussianMixture.fromJSON(saved, { warmStart: true }).fit(x);
  assert.equal(resumed.nIter, whole.nIter - 5);
  assert.equal(resumed.lowerBound, whole.lowerBound);
  assert.deepEqual(resumed.weights, whole.weights);
});

bothEngines(
  "each start has a first step of its own, and progress ends at the whole where it converged",
  () => {
    const x = blobs(90, 2, 3);
    const options = { nComponents: 3, nInit: 2, seed: 2 };
    const firsts = [...new BayesianGaussianMixture(options).steps(x)].filter((s) => s.iteration === 1);
    assert.deepEqual(
      firsts.map((s) => [s.start, s.change, s.converged]),
      [0, 1].map((start) => [start, Number.POSITIVE_INFINITY, false]),
    );
    let [done, total] = [0, 0];
    const model = new BayesianGaussianMixture(options).fit(x, {
      onProgress: (e) => ([done, total] = [e.done, e.total]),
    });
    assert.deepEqual([model.converged, done, total], [true, 200, 200]);
    const alone = new BayesianGaussianMixture({ nComponents: 3 }).fit({
      data: x.data.subarray(0, 6),
      shape: [3, 2],
    });
    assert.equal(alone.weights.length, 3, "as many components as rows are allowed");
  },
);

test("fitAsync lets timers run and gives what fit gives", async () => {
  const x = blobs(200, 2, 3);
  const options = { nComponents: 3, maxIter: 20, tol: 0, seed: 1 };
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  const model = await new BayesianGaussianMixture(options).fitAsync(x);
  clearInterval(timer);
  assert.ok(ticks > 0);
  assert.equal(model.lowerBound, new BayesianGaussianMixture(options).fit(x).lowerBound);
});

test("JSON keeps the model exactly, the same seed repeats it", () => {
  const x = blobs(150, 3, 3);
  const options = { nComponents: 4, nInit: 2, seed: 9 };
  const model = new BayesianGaussianMixture(options).fit(x);
  const loaded = BayesianGaussianMixture.fromJSON(JSON.parse(JSON.stringify(model)));
  assert.deepEqual(loaded.predictProba(x), model.predictProba(x));
  assert.deepEqual(loaded.toJSON(), model.toJSON());
  assert.deepEqual(new BayesianGaussianMixture(options).fit(x).toJSON(), model.toJSON());
});

bothEngines("bad input is named; duplicates and constant columns behave as documented", () => {
  const x = blobs(20, 2, 2);
  const fit = (m: Matrix, k = 2) => new BayesianGaussianMixture({ nComponents: k }).fit(m);
  assert.throws(
    () => fit(x, 21),
    /expected n_samples >= n_components but got nComponents = 21, n_samples = 20/,
  );
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const data = Float64Array.from(x.data);
    data[3] = bad;
    assert.throws(() => fit({ data, shape: [20, 2] }), /at row 1, column 1/);
  }
  assert.throws(() => fit({ data: new Float64Array(0), shape: [0, 2] }), /0 rows/);
  assert.throws(() => fit({ data: new Float64Array(2), shape: [1, 2] }, 1), /1 rows/);
  assert.throws(() => fit({ data: new Float64Array(5), shape: [2, 2] }), /do not fill/);
  assert.throws(() => new BayesianGaussianMixture({ nComponents: 0 }), /nComponents is 0/);
  assert.throws(() => new BayesianGaussianMixture({ nComponents: 1.5 }), /nComponents is 1.5/);
  assert.throws(() => new BayesianGaussianMixture({ nComponents: 1, tol: Number.NaN }), /tol is NaN/);
  assert.throws(() => new BayesianGaussianMixture({ nComponents: 1, regCovar: -1 }), /regCovar is -1/);
  assert.throws(
    () => new BayesianGaussianMixture({ nComponents: 1, weightConcentrationPrior: 0 }),
    /above 0/,
  );
  assert.throws(
    () => new BayesianGaussianMixture({ nComponents: 1, degreesOfFreedomPrior: 1 }).fit(x),
    /should be greater than 1, but got 1/,
  );
  assert.throws(
    () => new BayesianGaussianMixture({ nComponents: 2, initialResponsibilities: x }).fit(blobs(9, 2, 2)),
    /expected \[9,2\]/,
  );
  assert.throws(() => new BayesianGaussianMixture({ nComponents: 2 }).predict(x), /not fitted/);
  assert.throws(() => fit(x).predict(blobs(4, 3, 2)), /X has 3 features/);
  assert.equal(fit(x).predict({ data: new Float64Array(0), shape: [0, 2] }).length, 0);

  // Every row the same: regCovar keeps even an empty component proper; scikit-learn 1.2 gives these bounds too.
  const same: Matrix = { data: new Float64Array(20).fill(3), shape: [10, 2] };
  assertClose(
    [fit(same, 1).lowerBound, fit(same, 2).lowerBound],
    [150.42238691116614, 185.20204902084473],
    1e-10,
    "bound",
  );
  // Without it, the covariance is singular.
  assert.throws(
    () => new BayesianGaussianMixture({ nComponents: 1, regCovar: 0 }).fit(same),
    /ill-defined empirical covariance/,
  );
});
