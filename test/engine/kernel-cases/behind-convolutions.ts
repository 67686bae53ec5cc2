import * as tf from "@tensorflow/tfjs";
import { between, type Case, pick, tensor } from "./case.js";

/** Behind a convolution tensors are stored in bf16 where that is the precision: the same kernels on that storage. */
export function onActivations(): Case[] {
  const cases: Case[] = [];
  const works: Record<string, (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor> = {
    add: (a, b) => tf.add(a, b),
    "multiply by a channel vector": (a) => tf.mul(a, tf.tensor1d([1, -2, 0.5, 3, 0.25])),
    "subtract f32": (a) => tf.sub(a, tf.fill(a.shape, 0.3)),
    relu: (a) => tf.relu(a),
    sum: (a) => tf.sum(a, [0, 1, 2]),
    mean: (a) => tf.mean(a, [1, 2]),
    max: (a) => tf.max(a, 3),
    transpose: (a) => tf.transpose(a, [0, 3, 1, 2]),
    slice: (a) => tf.slice(a, [0, 1, 0, 2], [1, 2, 3, 2]),
    concat: (a, b) => tf.concat([a, b], 3),
    "concat with f32": (a) =>
      tf.concat(
        [a.reshape([-1, 5]), tf.ones([2, 5])].map((t) => tf.mul(t, tf.ones([1, 5]))),
        0,
      ),
    pad: (a) =>
      tf.pad(
        a,
        [
          [0, 0],
          [1, 1],
          [0, 2],
          [0, 0],
        ],
        0.5,
      ),
    onesLike: (a) => tf.onesLike(a),
    zerosLike: (a) => tf.zerosLike(a),
    reshape: (a) => tf.reshape(a, [-1, 5]),
    "matrix product": (a, b) => tf.matMul(a.reshape([-1, 5]), b.reshape([-1, 5]), false, true),
    "batch norm": (a) => tf.batchNorm(a, tf.zeros([5]) as tf.Tensor1D, tf.fill([5], 2) as tf.Tensor1D),
  };
  for (const [name, work] of Object.entries(works)) {
    const [x, y, filter] = [tensor([2, 4, 5, 3]), tensor([2, 4, 5, 3]), tensor([1, 1, 3, 5])];
    const conv = (t: tf.Tensor) => tf.conv2d(t as tf.Tensor4D, filter() as tf.Tensor4D, 1, 0);
    cases.push({ name: `${name} behind a convolution`, f: () => work(conv(x()), conv(y())) });
  }
  return cases;
}

export function poolingAndNorm(): Case[] {
  const cases: Case[] = [];
  for (let i = 0; i < 8; i++) {
    const [size, stride] = [pick(2, 3), pick(1, 2)];
    const x = tensor([pick(1, 2), between(4, 9), between(4, 9), pick(1, 5, 16)]);
    cases.push({
      name: `MaxPool ${size} stride ${stride}`,
      f: () => tf.maxPool(x() as tf.Tensor4D, size, stride, "valid"),
    });
  }
  for (const shape of [
    [2, 3, 4, 5],
    [6, 17],
    [1, 1, 1, 33],
  ]) {
    const c = shape[shape.length - 1];
    const [x, mean, variance, offset, scale] = [
      tensor(shape),
      tensor([c]),
      tensor([c], 0.5, 2),
      tensor([c]),
      tensor([c]),
    ];
    cases.push({
      name: `FusedBatchNorm [${shape}]`,
      f: () =>
        tf.batchNorm(
          x(),
          mean() as tf.Tensor1D,
          variance() as tf.Tensor1D,
          offset() as tf.Tensor1D,
          scale() as tf.Tensor1D,
          1e-5,
        ),
    });
  }
  return cases;
}
