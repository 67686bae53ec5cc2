import * as tf from "@tensorflow/tfjs";
import { between, type Case, pick, random, tensor } from "./case.js";

export function convolutions(): Case[] {
  const cases: Case[] = [];
  for (let i = 0; i < 40; i++) {
    const [k, stride] = [pick(1, 1, 3, 3, 5, 7), pick(1, 2, 3)];
    const [n, c, o] = [pick(1, 1, 2, 3), pick(1, 3, 5, 16, 17, 32), pick(1, 4, 16, 19, 32)];
    const [h, w] = [between(k, 13), between(k, 13)];
    const pad = pick(0, 1, 2, 3) % (Math.floor(k / 2) + 1);
    const style = random.integer(3);
    const padding = style === 0 ? "same" : style === 1 ? "valid" : pad;
    const [x, filter] = [tensor([n, h, w, c]), tensor([k, k, c, o])];
    const out = tf.backend_util.computeConv2DInfo(
      [n, h, w, c],
      [k, k, c, o],
      stride,
      1,
      padding,
      padding === pad ? "floor" : undefined,
    ).outShape;
    const dy = tensor(out);
    const name = `${n}x${h}x${w}x${c} * ${k}x${k}x${o} stride ${stride} pad ${padding}`;
    const conv = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(
        a as tf.Tensor4D,
        b as tf.Tensor4D,
        stride,
        padding as number,
        "NHWC",
        1,
        padding === pad ? "floor" : undefined,
      );
    cases.push({ name: `Conv2D ${name}`, f: () => conv(x(), filter()) });
    cases.push({
      name: `Conv2DBackprop ${name}`,
      f: () => tf.grads((a, b) => conv(a, b))([x(), filter()], dy()),
    });
  }
  // Batches and channels that our own tiles take: a batch that is no multiple of 16, one that is cut, one over 32.
  for (const [n, h, w, c, o, k, stride, pad] of [
    [16, 5, 4, 32, 64, 3, 1, 1],
    [19, 4, 3, 64, 32, 3, 2, 1],
    [35, 3, 3, 32, 32, 3, 1, 1],
    [52, 2, 3, 32, 32, 1, 1, 0],
    [17, 5, 5, 32, 96, 1, 2, 0],
    [16, 1, 1, 64, 64, 3, 1, 1],
    [2, 7, 6, 32, 32, 3, 1, 1],
    [3, 38, 36, 3, 32, 7, 2, 3],
    [1, 17, 20, 5, 64, 5, 1, 0],
  ]) {
    const [x, filter] = [tensor([n, h, w, c]), tensor([k, k, c, o])];
    const conv = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, "NHWC", 1, "floor");
    const dy = tensor([n, ...[h, w].map((side) => Math.floor((side + 2 * pad - k) / stride) + 1), o]);
    const name = `${n}x${h}x${w}x${c} * ${k}x${k}x${o} stride ${stride}`;
    cases.push({ name: `Conv2D ${name}`, f: () => conv(x(), filter()) });
    cases.push({
      name: `Conv2DBackprop ${name}`,
      f: () => tf.grads((a, b) => conv(a, b))([x(), filter()], dy()),
    });
  }
  {
    const [x, filter, bias] = [tensor([16, 4, 5, 32]), tensor([3, 3, 32, 32]), tensor([32])];
    const [small, stem] = [tensor([1, 8, 33, 3]), tensor([3, 5, 3, 32])];
    const fused = (a: tf.Tensor, b: tf.Tensor) =>
      tf.fused.conv2d({
        x: a as tf.Tensor4D,
        filter: b as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias(),
        activation: "relu",
      });
    cases.push({ name: "FusedConv2D 16x4x5x32 relu", f: () => fused(x(), filter()) });
    cases.push({ name: "FusedConv2D 1x8x33x3 relu", f: () => fused(small(), stem()) });
    cases.push({
      name: "Conv2D 16x4x5x32 dilation 2",
      f: () => tf.conv2d(x() as tf.Tensor4D, filter() as tf.Tensor4D, 1, "same", "NHWC", 2),
    });
  }
  for (let i = 0; i < 12; i++) {
    const [c, o, k] = [pick(3, 8, 20), pick(5, 16), pick(1, 3)];
    const [x, filter, bias] = [tensor([2, 9, 8, c]), tensor([k, k, c, o]), tensor([o])];
    const activation = i % 2 ? "relu" : "linear";
    cases.push({
      name: `FusedConv2D ${c}->${o} ${k}x${k} ${activation}`,
      f: () =>
        tf.fused.conv2d({
          x: x() as tf.Tensor4D,
          filter: filter() as tf.Tensor4D,
          strides: 1,
          pad: "same",
          bias: bias(),
          activation,
        }),
    });
  }
  for (const dilation of [2, 3]) {
    const [x, filter] = [tensor([1, 12, 11, 4]), tensor([3, 3, 4, 6])];
    cases.push({
      name: `Conv2D dilation ${dilation}`,
      f: () => tf.conv2d(x() as tf.Tensor4D, filter() as tf.Tensor4D, 1, "same", "NHWC", dilation),
    });
  }
  return cases;
}

export function products(): Case[] {
  const cases: Case[] = [];
  for (let i = 0; i < 32; i++) {
    const [m, k, n] = [pick(1, 2, 7, 16, 33), pick(1, 3, 16, 50), pick(1, 5, 16, 31)];
    const [ta, tb] = [i % 2 === 1, i % 4 > 1];
    const batch = i % 5 === 0 ? [pick(2, 3)] : [];
    const [a, b] = [
      tensor([...batch, ...(ta ? [k, m] : [m, k])]),
      tensor([...batch, ...(tb ? [n, k] : [k, n])]),
    ];
    cases.push({
      name: `BatchMatMul ${batch} ${m}x${k}x${n} ${ta} ${tb}`,
      f: () => tf.matMul(a(), b(), ta, tb),
    });
    if (batch.length > 0) continue;
    const bias = tensor([n]);
    const activation = i % 3 ? "relu" : "linear";
    cases.push({
      name: `_FusedMatMul ${m}x${k}x${n} ${ta} ${tb} ${activation}`,
      f: () => tf.fused.matMul({ a: a(), b: b(), transposeA: ta, transposeB: tb, bias: bias(), activation }),
    });
  }
  const [stack, one] = [tensor([3, 4, 5]), tensor([1, 5, 6])];
  cases.push({ name: "BatchMatMul with one side repeated", f: () => tf.matMul(stack(), one()) });
  return cases;
}
