import * as tf from "@tensorflow/tfjs";
import { type Case, random, tensor } from "./case.js";

export function elementwise(): Case[] {
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

export function reductionsAndCopies(): Case[] {
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
