import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { addRelu } from "../../lib/engine/ops/add-relu.js";
import { batchNormTrain } from "../../lib/engine/ops/batch-norm-train.js";
import { convBatchNorm } from "../../lib/engine/ops/conv-batch-norm.js";
import { globalAveragePool } from "../../lib/engine/ops/global-average-pool.js";
import { l2Normalize } from "../../lib/engine/ops/l2-normalize.js";
import { maxPool } from "../../lib/engine/ops/max-pool.js";
import { swappedCosineLoss } from "../../lib/engine/ops/swapped-cosine-loss.js";
import { Random } from "../../lib/random.js";
import {
  assertClose,
  missing,
  nativeSettings,
  type Result,
  run,
  type Setting,
  TOLERANCE,
  use,
  values,
} from "./compare.js";

/**
 * The custom operations with their gradients: one answer on every backend, and on cpu the gradient of each equals
 * central differences of its own forward pass (so the shared answer is the right one).
 */
interface Op {
  name: string;
  inputs: tf.Tensor[] | (() => tf.Tensor[]);
  f: (...x: tf.Tensor[]) => tf.Tensor;
  /** bf16 batch norm gradients cancel large terms, so single values lose more than storage rounding. */
  bf16?: number;
}

const random = new Random(11);

function make(...shapes: number[][]): () => tf.Tensor[] {
  const data = shapes.map((s) => values(random, tf.util.sizeFromShape(s), -1, 1));
  return () => shapes.map((s, i) => tf.tensor(data[i], s));
}

const ops: Op[] = [];
for (const [shape, relu, residual] of [
  [[2, 5, 3, 7], false, false],
  [[2, 5, 3, 7], true, false],
  [[3, 4, 4, 16], false, true],
  [[3, 4, 4, 33], true, true],
  [[1, 7, 9, 64], true, true],
  [[6, 10], true, false],
  [[5, 1], false, false],
] as [number[], boolean, boolean][]) {
  const c = shape[shape.length - 1];
  ops.push({
    name: `batchNormTrain [${shape}]${relu ? " relu" : ""}${residual ? " residual" : ""}`,
    inputs: make(shape, [c], [c], ...(residual ? [shape] : [])),
    f: (x, gamma, beta, r) => batchNormTrain(x, tf.add(gamma, 1.5), beta, { relu, residual: r }).y,
    bf16: 4e-2,
  });
}
for (const [shape, groups, residual] of [
  [[6, 4, 4, 16], 2, true],
  [[6, 4, 4, 33], 3, false],
  [[6, 10], 2, false],
] as [number[], number, boolean][]) {
  const c = shape[shape.length - 1];
  ops.push({
    name: `batchNormTrain [${shape}] of ${groups} groups relu${residual ? " residual" : ""}`,
    inputs: make(shape, [c], [c], ...(residual ? [shape] : [])),
    f: (x, gamma, beta, r) =>
      batchNormTrain(x, tf.add(gamma, 1.5), beta, { relu: true, residual: r, groups }).y,
    bf16: 4e-2,
  });
}
for (const [groups, relu, residual, inputGradient] of [
  [1, false, false, true],
  [2, true, true, true],
  [2, false, true, true],
  [2, true, false, false],
] as [number, boolean, boolean, boolean][]) {
  const [x, filter, y] = [
    [2, 16, 16, 8],
    [3, 3, 8, 16],
    [2, 8, 8, 16],
  ];
  const image = make(x)()[0] as tf.Tensor4D;
  const pixels = image.arraySync() as number[][][][];
  ops.push({
    name: `convBatchNorm of ${groups} groups${relu ? " relu" : ""}${residual ? " residual" : ""}`,
    inputs: make(...(inputGradient ? [x] : []), filter, [16], [16], ...(residual ? [y] : [])),
    f: (...t) => {
      const [input, w, gamma, beta, r] = inputGradient ? t : [tf.tensor4d(pixels), ...t];
      return convBatchNorm(input as tf.Tensor4D, w as tf.Tensor4D, tf.add(gamma, 1.5), beta, {
        stride: 2,
        pad: 1,
        inputGradient,
        groups,
        relu,
        residual: r,
      }).y;
    },
    bf16: 4e-2,
  });
}
{
  const [z] = make([6, 9])();
  const goals = z.dataSync();
  ops.push({
    name: "swappedCosineLoss",
    inputs: make([6, 9]),
    f: (p) => swappedCosineLoss(p as tf.Tensor2D, tf.tensor2d(goals, [6, 9])),
  });
}
for (const [shape, size, stride, pad] of [
  [[2, 7, 6, 5], 3, 2, 1],
  [[1, 9, 9, 17], 3, 2, 1],
  [[2, 4, 5, 3], 2, 2, 0],
  [[1, 5, 5, 2], 3, 1, 1],
  [[1, 3, 3, 1], 3, 3, 0],
] as [number[], number, number, number][]) {
  ops.push({
    name: `maxPool [${shape}] ${size}/${stride} pad ${pad}`,
    inputs: make(shape),
    f: (x) => maxPool(x as tf.Tensor4D, size, stride, pad),
  });
}
ops.push({
  name: "globalAveragePool",
  inputs: make([2, 3, 5, 9]),
  f: (x) => globalAveragePool(x as tf.Tensor4D),
});
ops.push({ name: "addRelu", inputs: make([2, 3, 3, 5], [2, 3, 3, 5]), f: addRelu });
ops.push({ name: "l2Normalize", inputs: make([4, 9]), f: (x) => l2Normalize(x as tf.Tensor2D) });

/** The value, and the gradient of sum(value * weights) in every input. */
function valueAndGrads(op: Op, weights: Float32Array): Result[] {
  return run(() => {
    const inputs = (op.inputs as () => tf.Tensor[])();
    const value = op.f(...inputs);
    const loss = (...x: tf.Tensor[]) => {
      const y = op.f(...x);
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    };
    return [value, ...tf.grads(loss)(inputs)];
  });
}

const weightsFor = ops.map(() => values(random, 4096, -1, 1));
const weights = (i: number, size: number) => weightsFor[i].slice(0, size);
const outputSize = (op: Op) => run(() => op.f(...(op.inputs as () => tf.Tensor[])()))[0].values.length;

test("gradients of the custom operations equal finite differences", async () => {
  await use("cpu");
  ops.forEach((op, i) => {
    const w = weights(i, outputSize(op));
    const gradients = valueAndGrads(op, w).slice(1);
    const base = (op.inputs as () => tf.Tensor[])().map((t) => ({
      shape: t.shape,
      data: Float32Array.from(t.dataSync()),
    }));
    const loss = () => {
      const y = run(() => op.f(...base.map((b) => tf.tensor(b.data, b.shape))))[0].values;
      return y.reduce((sum, v, k) => sum + v * w[k], 0);
    };
    base.forEach((b, input) => {
      const scale = gradients[input].values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
      let kinks = 0;
      const probes = Math.min(12, b.data.length);
      for (let p = 0; p < probes; p++) {
        const k = random.integer(b.data.length);
        const at = b.data[k];
        // f32 forward passes: the step balances rounding against curvature.
        const here = loss();
        const slopes = (h: number) => {
          b.data[k] = at + h;
          const up = loss();
          b.data[k] = at - h;
          const down = loss();
          b.data[k] = at;
          return { slope: (up - down) / (2 * h), bend: Math.abs(up - 2 * here + down) / h };
        };
        // A probe that crosses a kink of max or ReLU says nothing. Such a crossing changes with the step, but for one
        // that lies at the probe itself: there the slopes to both sides differ.
        const coarse = slopes(4e-3).slope;
        const { slope: fine, bend } = slopes(2e-3);
        if (Math.abs(coarse - fine) > 0.01 * scale || bend > 0.04 * scale) kinks++;
        else
          assert.ok(
            Math.abs(fine - gradients[input].values[k]) < 0.02 * scale,
            `${op.name}: input ${input} at ${k}: ${fine} against ${gradients[input].values[k]}`,
          );
      }
      assert.ok(kinks < probes || probes < 3, `${op.name}: every probe of input ${input} crossed a kink`);
    });
  });
});

test("custom operations and their gradients agree between backends", async (t) => {
  await use("cpu");
  const sizes = ops.map(outputSize);
  const expected = ops.map((op, i) => valueAndGrads(op, weights(i, sizes[i])));
  for (const setting of ["wasm", ...nativeSettings] as Setting[]) {
    await t.test(setting, { skip: missing(setting) }, async () => {
      await use(setting);
      ops.forEach((op, i) => {
        const bf16 = setting.endsWith("bf16");
        const tolerance = bf16 ? (op.bf16 ?? TOLERANCE[setting]) : 2e-5;
        const actual = valueAndGrads(op, weights(i, sizes[i]));
        if (bf16 && /maxPool|relu/i.test(op.name)) {
          // Rounding moves a few values across a tie or the ReLU's kink, where a gradient is one of two: compare sums.
          assertClose(actual.slice(0, 1), expected[i].slice(0, 1), tolerance, op.name);
          for (let k = 1; k < actual.length; k++) {
            const far = actual[k].values.filter(
              (v, j) => Math.abs(v - expected[i][k].values[j]) > 0.05,
            ).length;
            assert.ok(
              far <= Math.max(1, 0.05 * actual[k].values.length),
              `${op.name}: ${far} gradients differ`,
            );
          }
        } else assertClose(actual, expected[i], tolerance, op.name);
      });
    });
  }
});

test("batch statistics are the biased ones, and survive a mean far above the spread", async () => {
  for (const setting of ["cpu", "onednn f32", "cuda f32"] as Setting[]) {
    if (missing(setting)) continue;
    await use(setting);
    const [mean, variance] = run(() => {
      const { mean, variance } = batchNormTrain(
        tf.tensor([1001, 1002, 1003, 1006], [4, 1]),
        tf.ones([1]),
        tf.zeros([1]),
      );
      return [mean, variance];
    });
    assert.equal(mean.values[0], 1003);
    assert.equal(variance.values[0], 3.5);
  }
});

test("each group's statistics are those of its rows alone", async () => {
  for (const setting of ["cpu", "onednn f32", "cuda f32"] as Setting[]) {
    if (missing(setting)) continue;
    await use(setting);
    const of = (x: tf.Tensor, groups: number) => {
      const { y, mean, variance } = batchNormTrain(x, tf.ones([3]), tf.zeros([3]), { groups });
      return [y, mean, variance];
    };
    const data = values(new Random(4), 24);
    const [y, mean, variance] = run(() => of(tf.tensor(data, [8, 3]), 2));
    const halves = [0, 1].map((i) => run(() => of(tf.tensor(data.slice(12 * i, 12 * i + 12), [4, 3]), 1)));
    const [ys, means, variances] = [0, 1, 2].map((k) =>
      Float32Array.from(halves.flatMap((half) => [...half[k].values])),
    );
    assertClose(
      [y, mean, variance],
      [
        { shape: [8, 3], values: ys },
        { shape: [2, 3], values: means },
        { shape: [2, 3], values: variances },
      ],
      2e-6,
      setting,
    );
    assert.throws(() => run(() => of(tf.tensor(data, [8, 3]), 3)), /n a multiple of 3/);
  }
});
