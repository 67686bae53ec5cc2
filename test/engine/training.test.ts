import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { engineStats } from "../../lib/engine/engine.js";
import { valueAndGradients } from "../../lib/engine/gradients.js";
import { adamStep } from "../../lib/engine/ops/adam-step.js";
import { augmentWarp } from "../../lib/engine/ops/augment-warp.js";
import { batchNormTrain } from "../../lib/engine/ops/batch-norm-train.js";
import { emaStep } from "../../lib/engine/ops/ema-step.js";
import { globalAveragePool } from "../../lib/engine/ops/global-average-pool.js";
import { l2Normalize } from "../../lib/engine/ops/l2-normalize.js";
import { maxPool } from "../../lib/engine/ops/max-pool.js";
import { Random } from "../../lib/random.js";
import { assertClose, missing, run, type Setting, use, values } from "./compare.js";

/** A small network with every layer that ResNet-18 and its projection have, and its Adam and moving-average state. */
class TinyNet {
  readonly random = new Random(3);
  readonly params: tf.Variable[] = [];
  readonly stem = this.variable([3, 3, 3, 8], 0.5);
  readonly gamma = this.variable([8], 0, 1);
  readonly beta = this.variable([8], 0);
  readonly body = this.variable([3, 3, 8, 8], 0.3);
  readonly gamma2 = this.variable([8], 0, 1);
  readonly beta2 = this.variable([8], 0);
  readonly weights = this.variable([8, 6], 0.6);
  readonly bias = this.variable([6], 0.1);
  readonly m = this.params.map((p) => tf.tidy(() => tf.variable(tf.zerosLike(p))));
  readonly v = this.params.map((p) => tf.tidy(() => tf.variable(tf.zerosLike(p))));
  readonly target = this.params.map((p) => tf.tidy(() => tf.variable(p.clone())));
  step = 0;

  private variable(shape: number[], spread: number, centre = 0): tf.Variable {
    const data = values(this.random, tf.util.sizeFromShape(shape), centre - spread, centre + spread);
    const v = tf.tidy(() => tf.variable(tf.tensor(data, shape)));
    this.params.push(v);
    return v;
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const [stem, body] = [this.stem, this.body] as unknown as tf.Tensor4D[];
    let h = batchNormTrain(tf.conv2d(x, stem, 2, 1, "NHWC", 1, "floor"), this.gamma, this.beta, {
      relu: true,
    }).y as tf.Tensor4D;
    h = maxPool(h, 3, 2, 1);
    h = batchNormTrain(tf.conv2d(h, body, 1, 1, "NHWC", 1, "floor"), this.gamma2, this.beta2, {
      relu: true,
      residual: h,
    }).y as tf.Tensor4D;
    return l2Normalize(
      tf.add(tf.matMul(globalAveragePool(h), this.weights as unknown as tf.Tensor2D), this.bias),
    );
  }

  train(): number {
    this.step++;
    const bytes = Uint8Array.from({ length: 4 * 18 * 18 }, (_, i) => (i * 89 + this.step * 7) % 256);
    const x = augmentWarp(
      bytes,
      [4, 18, 18, 1],
      Float32Array.from({ length: 24 }, (_, i) => [0.9, 0.1, 1, -0.1, 0.9, 2][i % 6]),
      Float32Array.of(0, 1, 0, 2),
      {
        height: 17,
        width: 15,
        mean: [0.5, 0.5, 0.5],
        std: [0.25, 0.25, 0.25],
      },
    );
    const goal = tf.tidy(() => l2Normalize(tf.tensor2d(values(new Random(5), 24), [4, 6])));
    const { value, gradients } = valueAndGradients(
      () => tf.mean(tf.sub(2, tf.mul(2, tf.sum(tf.mul(this.forward(x), goal), 1)))) as tf.Scalar,
      this.params,
    );
    adamStep(this.params, gradients, this.m, this.v, { learningRate: 1e-2, step: this.step });
    emaStep(this.target, this.params, 0.9);
    const loss = value.dataSync()[0];
    tf.dispose([x, goal, value, gradients]);
    return loss;
  }

  dispose(): void {
    tf.dispose([this.params, this.m, this.v, this.target] as unknown as tf.Tensor[]);
  }
}

test("two training steps give the same weights on every engine", async (t) => {
  const train = async (setting: Setting) => {
    await use(setting);
    const before = tf.memory().numTensors;
    const net = new TinyNet();
    const losses = [net.train(), net.train()];
    const weights = run(() => [...net.params, ...net.target].map((p) => p.clone()));
    net.dispose();
    assert.equal(tf.memory().numTensors, before, `${setting} leaks tensors`);
    return { losses, weights };
  };
  const expected = await train("cpu");
  assert.ok(expected.losses[1] < expected.losses[0]);
  for (const [setting, tolerance] of [
    ["wasm", 1e-4],
    ["onednn f32", 1e-4],
    ["onednn bf16", 5e-2],
    ["cuda f32", 1e-4],
    ["cuda bf16", 5e-2],
  ] as [Setting, number][]) {
    await t.test(setting, { skip: missing(setting) }, async () => {
      const actual = await train(setting);
      // Adam's first steps have the gradient's sign only, so a gradient near zero may round to the other side: the
      // tolerance is against the largest weight of each tensor, and biases start at zero.
      assertClose(actual.weights.slice(0, 1), expected.weights.slice(0, 1), tolerance, "the first filter");
      const difference = Math.abs(actual.losses[1] - expected.losses[1]);
      assert.ok(difference < tolerance, `loss ${actual.losses[1]} against ${expected.losses[1]}`);
      if (!setting.endsWith("bf16")) assertClose(actual.weights, expected.weights, 1e-3, "weights");
    });
  }
});

for (const [setting, steps] of [
  ["onednn bf16", 200],
  ["cuda bf16", 20],
] as [Setting, number][])
  test(`${setting}: a training step makes no fallback, and ${steps} of them leave memory flat`, {
    skip: missing(setting),
  }, async () => {
    await use(setting);
    const net = new TinyNet();
    for (let i = 0; i < steps / 10; i++) net.train();
    const fallbacks = engineStats().fallbacks;
    const start = {
      tensors: tf.memory().numTensors,
      native: engineStats().bytes.native,
      rss: process.memoryUsage().rss,
    };
    for (let i = 0; i < steps; i++) {
      net.train();
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    assert.deepEqual(engineStats().fallbacks, fallbacks, "a step fell back");
    assert.deepEqual(fallbacks, {}, "an earlier step fell back");
    assert.equal(tf.memory().numTensors, start.tensors);
    assert.equal(engineStats().bytes.native, start.native);
    const grown = (process.memoryUsage().rss - start.rss) / 2 ** 20;
    // A leak of one activation a step would be some 30 MiB; the JS heap may grow by less before it is collected.
    assert.ok(grown < 25 || process.env.LATENT_SKY_ASAN, `resident memory grew by ${grown.toFixed(1)} MiB`);
    net.dispose();
  });

test("valueAndGradients equals tf.variableGrads", async () => {
  await use("cpu");
  const net = new TinyNet();
  const x = tf.tensor4d(values(new Random(1), 2 * 9 * 9 * 3), [2, 9, 9, 3]);
  const f = () => tf.mean(tf.square(tf.sub(net.forward(x), 0.3))) as tf.Scalar;
  const ours = valueAndGradients(f, net.params);
  const theirs = tf.variableGrads(f, net.params);
  assertClose(
    run(() => [ours.value.clone(), ...ours.gradients.map((g) => g.clone())]),
    run(() => [theirs.value.clone(), ...net.params.map((p) => theirs.grads[p.name].clone())]),
    1e-6,
    "gradients",
  );
  net.dispose();
});

test("an error inside the loss leaves nothing behind", async () => {
  await use("cpu");
  const net = new TinyNet();
  const x = tf.tensor4d(values(new Random(1), 2 * 9 * 9 * 3), [2, 9, 9, 3]);
  const before = tf.memory().numTensors;
  const fails = () => {
    net.forward(x);
    throw new Error("stop here");
  };
  assert.throws(() => valueAndGradients(fails, net.params), /stop here/);
  assert.throws(
    () => valueAndGradients(() => net.forward(x) as unknown as tf.Scalar, net.params),
    /one number/,
  );
  const oneWay = tf.customGrad((y) => ({
    value: tf.mean(y as tf.Tensor),
    gradFunc: () => {
      throw new Error("no way back");
    },
  }));
  assert.throws(
    () => valueAndGradients(() => oneWay(net.forward(x)) as tf.Scalar, net.params),
    /no way back/,
  );
  assert.equal(tf.memory().numTensors, before);
  net.dispose();
});
