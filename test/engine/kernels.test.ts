import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { engineStats } from "../../lib/engine/engine.js";
import { Random } from "../../lib/random.js";
import { assertClose, missing, nativeSettings, type Result, run, TOLERANCE, use, values } from "./compare.js";

/** Every native kernel against tfjs' JavaScript one, on random shapes: each case in f32 and again in bf16. */
interface Case {
  name: string;
  f: () => tf.Tensor | tf.Tensor[];
}

const random = new Random(7);
const pick = (...choices: number[]) => choices[random.integer(choices.length)];
const between = (low: number, high: number) => low + random.integer(high - low + 1);

function tensor(shape: number[], low = -1, high = 1): () => tf.Tensor {
  const data = values(random, tf.util.sizeFromShape(shape), low, high);
  return () => tf.tensor(data, shape);
}

function convolutions(): Case[] {
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

function products(): Case[] {
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

function elementwise(): Case[] {
  const cases: Case[] = [];
  const binary = {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
  };
  const pairs: [number[], number[]][] = [
    [
      [3, 4],
      [3, 4],
    ],
    [[2, 5, 3], [3]],
    [
      [2, 5, 3],
      [2, 1, 3],
    ],
    [[], [4, 2]],
    [
      [2, 1, 3, 1],
      [1, 4, 1, 5],
    ],
    [[3000], [1]],
    [
      [7, 1],
      [1, 2100],
    ],
  ];
  for (const [name, op] of Object.entries(binary)) {
    for (const [sa, sb] of pairs) {
      const [a, b] = [tensor(sa), tensor(sb, 0.5, 2)];
      cases.push({ name: `${name} [${sa}] [${sb}]`, f: () => (op as typeof tf.add)(a(), b()) });
    }
  }
  const unary: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    relu: tf.relu,
    neg: tf.neg,
    square: tf.square,
    sqrt: tf.sqrt,
    rsqrt: tf.rsqrt,
    abs: tf.abs,
    exp: tf.exp,
    log: tf.log,
    reciprocal: tf.reciprocal,
    step: (x) => tf.step(tf.sub(x, 1)),
    clip: (x) => tf.clipByValue(x, 0.5, 1.2),
    zerosLike: tf.zerosLike,
    onesLike: tf.onesLike,
    cast: (x) => tf.cast(x, "float32"),
  };
  for (const [name, op] of Object.entries(unary)) {
    for (const shape of [[], [5], [3, 1, 7], [2050]]) {
      const x = tensor(shape, 0.1, 2);
      cases.push({ name: `${name} [${shape}]`, f: () => op(x()) });
    }
  }
  const x = tensor([4, 6], -2, 2);
  cases.push({ name: "relu of negatives", f: () => tf.relu(x()) });
  cases.push({ name: "fill", f: () => tf.fill([3, 5], 2.5) });
  return cases;
}

function reductionsAndCopies(): Case[] {
  const cases: Case[] = [];
  const reductions = { sum: tf.sum, mean: tf.mean, max: tf.max };
  const shapes: [number[], number[] | undefined][] = [
    [[5], undefined],
    [[4, 7], [0]],
    [[4, 7], [1]],
    [
      [3, 5, 2, 6],
      [1, 2],
    ],
    [
      [3, 5, 2, 6],
      [0, 1, 2],
    ],
    [[1, 9], [0]],
    [[2, 3, 4], [2]],
    [[3, 1, 5], [1]],
  ];
  for (const [name, op] of Object.entries(reductions)) {
    for (const [shape, axes] of shapes) {
      const x = tensor(shape);
      const keep = random.uniform() < 0.5;
      cases.push({
        name: `${name} [${shape}] over ${axes}`,
        f: () => (op as typeof tf.sum)(x(), axes, keep),
      });
    }
  }
  for (const [shape, perm] of [
    [
      [3, 5],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [1, 7, 2, 3],
      [3, 2, 1, 0],
    ],
  ]) {
    const x = tensor(shape);
    cases.push({ name: `transpose [${shape}] ${perm}`, f: () => tf.transpose(x(), perm) });
  }
  for (const [shape, begin, size] of [
    [[9], [2], [4]],
    [
      [5, 6],
      [1, 2],
      [3, 3],
    ],
    [
      [2, 4, 5, 3],
      [1, 0, 2, 1],
      [1, 4, 3, 2],
    ],
    [
      [3, 3],
      [0, 1],
      [-1, 2],
    ],
  ]) {
    const x = tensor(shape);
    cases.push({ name: `slice [${shape}]`, f: () => tf.slice(x(), begin, size) });
  }
  for (const [a, b, axis] of [
    [[2, 3], [4, 3], 0],
    [[2, 3], [2, 1], 1],
    [[1, 2, 2, 3], [1, 2, 2, 5], 3],
    [[4], [1], 0],
  ] as [number[], number[], number][]) {
    const [x, y] = [tensor(a), tensor(b)];
    cases.push({ name: `concat [${a}] [${b}] axis ${axis}`, f: () => tf.concat([x(), y()], axis) });
  }
  for (const paddings of [
    [
      [1, 2],
      [0, 3],
    ],
    [
      [0, 0],
      [2, 0],
    ],
  ] as [number, number][][]) {
    const x = tensor([3, 4]);
    cases.push({ name: `pad ${paddings}`, f: () => tf.pad(x(), paddings, 1.5) });
  }
  return cases;
}

/** Behind a convolution tensors are stored in bf16 where that is the precision: the same kernels on that storage. */
function onActivations(): Case[] {
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

function poolingAndNorm(): Case[] {
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

const all = [
  ...convolutions(),
  ...products(),
  ...elementwise(),
  ...reductionsAndCopies(),
  ...poolingAndNorm(),
  ...onActivations(),
];
test(`${all.length * 2} random cases agree with tfjs' JavaScript kernels`, async (t) => {
  await use("cpu");
  const expected: Result[][] = all.map((c) => run(c.f));
  assert.ok(all.length * 2 >= 300);
  for (const setting of nativeSettings) {
    await t.test(setting, { skip: missing(setting) }, async () => {
      await use(setting);
      all.forEach((c, i) => {
        assertClose(run(c.f), expected[i], TOLERANCE[setting], c.name);
      });
      assert.deepEqual(engineStats().fallbacks, {}, "one of them fell back");
    });
  }
});
