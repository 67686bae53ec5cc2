import assert from "node:assert/strict";
import { test } from "node:test";
import { GaussianProcessRegressor } from "../../lib/models/gaussian-process.js";
import type { Kernel } from "../../lib/models/kernel.js";
import { ConstantKernel, Matern, RationalQuadratic, Rbf, WhiteKernel } from "../../lib/models/kernels.js";
import { choleskyInPlace, choleskyInverse, forwardSquares } from "../../lib/models/positive-definite.js";
import { bothWays, golden, matrix, randomMatrix, worst } from "./neighbours-golden.js";

const kernels: Record<string, () => Kernel> = {
  "matern15+white": () => new Matern(1.5).plus(new WhiteKernel()),
  "constant*rbf+white": () => new ConstantKernel().times(new Rbf()).plus(new WhiteKernel()),
  "matern25+white": () => new Matern(2.5).plus(new WhiteKernel()),
  "constant*rq+white": () => new ConstantKernel().times(new RationalQuadratic()).plus(new WhiteKernel()),
  "constant*matern05+white": () => new ConstantKernel().times(new Matern(0.5)).plus(new WhiteKernel()),
};

for (const {
  name,
  kernel,
  x,
  y,
  likelihoods,
  theta,
  value,
  test: rows,
  mean,
  std,
} of golden.gaussianProcesses) {
  test(`likelihood, gradient and predictions equal scikit-learn's: ${name}`, () => {
    const run = () => {
      // Starting from scikit-learn's optimum without a search: equal hyperparameters.
      const start = kernels[kernel]().withTheta(theta);
      const gp = new GaussianProcessRegressor({ kernel: start, optimize: false }).fit(matrix(x), y);
      return {
        at: likelihoods.map((l) => gp.logMarginalLikelihoodAt(l.theta)),
        value: gp.logMarginalLikelihood,
        ...gp.predict(matrix(rows)),
      };
    };
    const { native, reference } = bothWays(run);
    for (const ours of [native, reference]) {
      ours.at.forEach((l, i) => {
        assert.ok(worst([l.value], [likelihoods[i].value]) < 1e-8, `likelihood ${l.value}`);
        const error = worst(l.gradient, likelihoods[i].gradient);
        assert.ok(error < 1e-8, `gradient off by ${error}`);
      });
      assert.ok(worst([ours.value], [value]) < 1e-8);
      assert.ok(worst(ours.mean, mean) < 1e-6, `mean off by ${worst(ours.mean, mean)}`);
      assert.ok(worst(ours.std, std) < 1e-6, `std off by ${worst(ours.std, std)}`);
    }
    // 1e-10 times the condition of K, which reaches 1e4 in the near-duplicates.
    assert.ok(worst(native.mean, reference.mean) < 1e-8 && worst(native.std, reference.std) < 1e-8);
  });

  test(`the optimum found is not worse than scikit-learn's: ${name}`, () => {
    const gp = new GaussianProcessRegressor({ kernel: kernels[kernel]() }).fit(matrix(x), y);
    // 1e-6: both stop where a further step gains less than that.
    assert.ok(gp.logMarginalLikelihood >= value - 1e-6, `${gp.logMarginalLikelihood} against ${value}`);
  });
}

test("every kernel's gradient equals central differences, fixed hyperparameters have none", () => {
  const x = randomMatrix(6, 2);
  const all = [
    new Rbf(0.7),
    new Matern(0.5, 1.3),
    new Matern(1.5, 0.8),
    new Matern(2.5, 2),
    new RationalQuadratic(0.9, 1.7),
    new WhiteKernel(0.3),
    new ConstantKernel(2.5),
    new ConstantKernel(2).times(new Rbf(1.1).plus(new Matern(1.5, 3))).plus(new WhiteKernel(0.1)),
  ];
  for (const kernel of all) {
    const { data: squares } = squaresOf(x.data, 6, 2);
    const { gradient } = kernel.gram(squares, 6);
    kernel.theta.forEach((_, t) => {
      const at = (h: number) =>
        kernel.withTheta(kernel.theta.map((v, i) => v + (i === t ? h : 0))).gram(squares, 6).k;
      const [up, down] = [at(1e-5), at(-1e-5)];
      const slope = up.map((v, i) => (v - down[i]) / 2e-5);
      assert.ok(worst(gradient[t], slope) < 1e-9, `${kernel}`);
    });
    assert.equal(gradient.length, kernel.theta.length);
    assert.equal(kernel.gram(squares, 6).k[0], kernel.variance);
  }
  const fixed = new Rbf(1, "fixed").plus(new WhiteKernel(0.5));
  assert.equal(fixed.theta.length, 1);
  assert.equal(fixed.gram(new Float64Array(4), 2).gradient.length, 1);
  assert.equal(fixed.withTheta([Math.log(3)]).toString(), "RBF(lengthScale=1) + White(noiseLevel=3)");
});

function squaresOf(x: ArrayLike<number>, n: number, d: number): { data: Float64Array } {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let p = 0; p < d; p++) data[i * n + j] += (x[i * d + p] - x[j * d + p]) ** 2;
  return { data };
}

test("native covariances agree to 1e-14, from copies to rows out of reach", () => {
  const squares = Float64Array.from({ length: 1003 }, (_, i) => (i === 0 ? 0 : 1e-14 * 1.045 ** i));
  squares.set([1e5, 1e6, 1e9, 1e300], 999);
  for (const kernel of [new Rbf(1.3), new Matern(0.5, 0.7), new Matern(1.5, 2), new Matern(2.5, 1)]) {
    const { native, reference } = bothWays(() => kernel.cross(squares));
    assert.ok(worst(native, reference) < 1e-14, `${kernel}`);
    native.forEach((v, i) => {
      // Relative too, down to where the native exponential gives 0.
      if (reference[i] > 1e-300)
        assert.ok(Math.abs(v / reference[i] - 1) < 1e-12, `${kernel} at ${squares[i]}`);
    });
    assert.equal(native[0], 1);
  }
});

test("two points by hand", () => {
  // k = exp(-1/2) = c between them: mean at x_1 is y_1 exactly without noise.
  const kernel = new Rbf(1, "fixed");
  const gp = new GaussianProcessRegressor({ kernel, alpha: 0 }).fit(matrix([[0], [1]]), [1, -1]);
  const c = Math.exp(-0.5);
  const quadratic = (1 + 1 + 2 * c) / (1 - c * c);
  const expected = -0.5 * quadratic - 0.5 * Math.log(1 - c * c) - Math.log(2 * Math.PI);
  assert.ok(Math.abs(gp.logMarginalLikelihood - expected) < 1e-12);
  const { mean, std } = gp.predict(matrix([[0], [50]]));
  assert.ok(Math.abs(mean[0] - 1) < 1e-12 && std[0] < 1e-7);
  assert.ok(Math.abs(mean[1]) < 1e-12 && std[1] === 1);
});

test("length scale and noise of a known process are found, restarts never make it worse, steps climb", () => {
  const x = randomMatrix(150, 1);
  const noise = randomMatrix(150, 1, 8).data;
  const y = Array.from(x.data, (v, i) => Math.sin(2 * v) + 0.1 * noise[i]);
  const gp = new GaussianProcessRegressor({ seed: 1 }).fit(x, y);
  assert.ok(Math.abs(Math.sqrt(gp.noiseLevel) - 0.1) < 0.02, `noise ${gp.noiseLevel}`);
  assert.ok(gp.lengthScale > 0.5 && gp.lengthScale < 5, `length ${gp.lengthScale}`);
  const again = new GaussianProcessRegressor({ seed: 1, nRestarts: 2 });
  const steps = [...again.fitSteps(x, y)];
  assert.ok(again.logMarginalLikelihood >= gp.logMarginalLikelihood);
  assert.deepEqual([...new Set(steps.map((s) => s.restart))], [0, 1, 2]);
  const begins = [0, 1, 2].map((r) => steps.find((s) => s.restart === r)!.theta[0]);
  assert.equal(new Set(begins).size, 3, "each search begins elsewhere");
  const first = steps.filter((s) => s.restart === 0).map((s) => s.logMarginalLikelihood);
  assert.ok(first.every((v, i) => i === 0 || v >= first[i - 1]));
});

test("linear algebra agrees natively to 1e-10, over lane and block edges", () => {
  for (const n of [1, 31, 33, 130]) {
    const b = randomMatrix(n, n, n).data as Float64Array;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        for (let p = 0; p < n; p++) a[i * n + j] += b[i * n + p] * b[j * n + p];
        if (i === j) a[i * n + j] += n;
      }
    const sides = randomMatrix(37, n, 5).data as Float64Array;
    const { native, reference } = bothWays(() => {
      const l = a.slice();
      choleskyInPlace(l, n);
      return [l, choleskyInverse(l, n), forwardSquares(l, n, sides, 37)];
    });
    native.forEach((v, i) => {
      assert.ok(worst(v, reference[i]) < 1e-10);
    });
  }
});

test("near-duplicate rows without noise need alpha and say so; with it they are fitted", () => {
  const x = matrix([[0], [0], [1]]);
  const kernel = new Rbf(1, "fixed");
  for (const run of [() => new GaussianProcessRegressor({ kernel, alpha: 0 }).fit(x, [1, 1, 2])])
    bothWays(() => assert.throws(run, /not positive definite; raise alpha/));
  const { mean } = new GaussianProcessRegressor({ kernel, alpha: 1e-6 }).fit(x, [1, 1, 2]).predict(x);
  assert.ok(worst(mean, [1, 1, 2]) < 1e-5);
  const one = new GaussianProcessRegressor().fit(matrix([[3]]), [2]);
  assert.ok(Number.isFinite(one.predict(matrix([[3]])).mean[0]));
});

test("a restart from where the covariance is singular is left out", () => {
  const x = matrix([[0], [1e-6], [1]]);
  const options = { kernel: new Rbf(1e-6, [1e-7, 1e5]), alpha: 0, seed: 1 };
  const restart = new GaussianProcessRegressor({ ...options, nRestarts: 6 });
  const begun = new Set([...restart.fitSteps(x, [1, -1, 2])].map((s) => s.restart));
  assert.ok(begun.size < 7, "some of seven");
  assert.ok(Number.isFinite(restart.logMarginalLikelihood));
});

test("rows are predicted alike in whichever block they fall", () => {
  const gp = new GaussianProcessRegressor().fit(matrix([[0], [1], [3]]), [1, 2, 0]);
  const { mean, std } = gp.predict({
    data: Float64Array.from({ length: 2050 }, (_, i) => i / 500),
    shape: [2050, 1],
  });
  const last = gp.predict(matrix([[2047 / 500], [2048 / 500], [2049 / 500]]));
  assert.deepEqual([mean.slice(2047), std.slice(2047)], [last.mean, last.std]);
});

test("bad input is refused in one sentence", () => {
  const x = matrix([[0], [1]]);
  const gp = new GaussianProcessRegressor();
  assert.throws(() => gp.predict(x), /call fit first/);
  assert.throws(() => gp.logMarginalLikelihoodAt([0, 0]), /call fit first/);
  assert.throws(() => gp.fit(x, [1]), /2 rows but y has 1/);
  assert.throws(() => gp.fit(x, [1, Number.NaN]), /y is NaN at row 1/);
  assert.throws(() => gp.fit(matrix([[Number.NaN], [1]]), [1, 2]), /NaN at row 0/);
  assert.throws(() => gp.fit({ data: new Float64Array(0), shape: [0, 1] }, []), /0 rows/);
  assert.throws(() => gp.fit(x, [1, 2]).predict(matrix([[1, 2]])), /2 columns where it was fitted on 1/);
  assert.throws(() => new GaussianProcessRegressor({ alpha: -1 }), /alpha is -1/);
  assert.throws(() => new GaussianProcessRegressor({ nRestarts: 0.5 }), /nRestarts/);
  assert.throws(() => new Matern(1 as 0.5), /nu is 1/);
  assert.throws(() => new Rbf(0), /lengthScale is 0/);
  assert.throws(() => new WhiteKernel(1, [2, 1]), /bounds of noiseLevel/);
});

test("JSON keeps a model to the bit: predictions, hyperparameters, and a further fit from the same start", () => {
  const x = randomMatrix(30, 3);
  const y = Float64Array.from({ length: 30 }, (_, i) => Math.sin(x.data[3 * i]));
  const at = randomMatrix(7, 3);
  for (const [name, kernel] of Object.entries(kernels)) {
    const gp = new GaussianProcessRegressor({ kernel: kernel(), alpha: 1e-8 }).fit(x, y);
    const loaded = GaussianProcessRegressor.fromJSON(JSON.parse(JSON.stringify(gp)));
    assert.deepEqual(loaded.predict(at), gp.predict(at), name);
    assert.equal(loaded.kernel.toString(), gp.kernel.toString());
    assert.deepEqual(loaded.kernel.hyperparameters, gp.kernel.hyperparameters);
    assert.equal(loaded.logMarginalLikelihood, gp.logMarginalLikelihood);
    assert.deepEqual(loaded.fit(x, y).predict(at), gp.predict(at), `${name}, fitted again`);
  }
  const bounded = new Matern(2.5, 2, [0.1, 10]).plus(new WhiteKernel(0.1, "fixed"));
  const gp = new GaussianProcessRegressor({ kernel: bounded }).fit(x, y);
  const again = GaussianProcessRegressor.fromJSON(JSON.parse(JSON.stringify(gp)));
  assert.deepEqual(again.kernel.hyperparameters, gp.kernel.hyperparameters);
  assert.throws(
    () => GaussianProcessRegressor.fromJSON({ ...gp.toJSON(), kind: "pca" as never }),
    /saved "pca"/,
  );
  assert.throws(() => new GaussianProcessRegressor().toJSON(), /call fit first/);
});
