import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { convolutionSizes } from "../../lib/engine/native/kernels/convolution.js";
import { loadAddon } from "../../lib/engine/native/load-addon.js";
import { BF16, F32, type Native } from "../../lib/engine/native/native.js";
import { describeCpu } from "../../lib/engine/onednn/describe-cpu.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";
import { assertClose, noAddon, type Result, run, TOLERANCE, use, values } from "./compare.js";

/**
 * Which way a convolution is computed is a matter of speed on the machine: here each of them is chosen in turn, by the
 * file in which choices are kept, and held against tfjs' JavaScript kernels.
 */
const ways = ["oneDNN", "tiles", "Winograd"];
const passes = ["forward", "backward data", "backward weights"];
const THREADS = 3;
const folder = scratch();

interface OneDnn extends Native {
  setThreads(n: number): void;
  rememberConvolutions(path: string): void;
}

interface Case {
  /** n, h, w, c, k; kernels are 3 x 3 with stride 1. */
  shape: [number, number, number, number, number];
  pad: number | "same" | [[0, 0], [number, number], [number, number], [0, 0]];
  threads?: number;
  /** Too large for tfjs' JavaScript: held against oneDNN in f32. */
  large?: true;
}

// Sides that tiles of four fill, that those of five do, and that neither does; every padding, batches that are no multiple
// of sixteen; sums that each thread has to itself, and (160 channels) those that all share, of few tiles and of more than
// fit in a block.
const cases: Case[] = [
  { shape: [3, 8, 8, 32, 32], pad: 1 },
  { shape: [19, 5, 7, 64, 32], pad: 1 },
  { shape: [1, 3, 3, 32, 96], pad: 1, threads: 1 },
  { shape: [2, 9, 6, 32, 64], pad: 0 },
  { shape: [2, 4, 3, 32, 32], pad: 2 },
  {
    shape: [17, 6, 5, 32, 32],
    pad: [
      [0, 0],
      [0, 1],
      [2, 1],
      [0, 0],
    ],
  },
  { shape: [5, 23, 21, 32, 32], pad: "same" },
  { shape: [2, 10, 9, 32, 64], pad: 1 },
  { shape: [2, 5, 5, 160, 160], pad: 1 },
  { shape: [110, 5, 5, 160, 160], pad: 1, large: true },
  { shape: [45, 13, 12, 160, 192], pad: 1, large: true },
];

interface Operands {
  x: Float32Array;
  filter: Float32Array;
  bias: Float32Array;
  dy: Float32Array;
  sizes: number[];
  threads: number;
  what: string;
}

const fnv = (text: string) => {
  let hash = 2166136261;
  for (const c of text) hash = Math.imul(hash ^ c.charCodeAt(0), 16777619) >>> 0;
  return hash.toString(16).padStart(8, "0");
};

let native: OneDnn;
let made: (Operands & { expected: Result[] })[];
before(async () => {
  if (noAddon) return;
  native = loadAddon<OneDnn>("lib/engine/onednn", "latent_sky_onednn")!;
  await use("cpu");
  const random = new Random(5);
  made = cases.map((c) => make(c, random));
});

/** The operands of a case, and what tfjs makes of them. */
function make(
  { shape: [n, h, w, c, k], pad, threads = THREADS, large }: Case,
  random: Random,
): Operands & { expected: Result[] } {
  const filterShape: [number, number, number, number] = [3, 3, c, k];
  const sizes = convolutionSizes([n, h, w, c], filterShape, { strides: 1, pad })!;
  const outShape: [number, number, number, number] = [n, sizes[7], sizes[8], k];
  const x = values(random, n * h * w * c);
  const filter = values(random, 9 * c * k, -0.1, 0.1);
  const bias = values(random, k);
  const dy = values(random, tf.util.sizeFromShape(outShape));
  const what = `${[n, h, w, c, k].join("x")}, pad ${JSON.stringify(pad)}`;
  const operands = { x, filter, bias, dy, sizes, threads, what };
  const shapes = [outShape, [n, h, w, c], filterShape];
  if (large) {
    const expected = passes.map((_, pass) => result(operands, shapes[pass], pass, F32, 0).result);
    return { ...operands, expected };
  }
  const expected = run(() => {
    const conv = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, pad);
    const inputs = [tf.tensor4d(x, [n, h, w, c]), tf.tensor4d(filter, filterShape)];
    const y = tf.relu(tf.add(conv(inputs[0], inputs[1]), tf.tensor1d(bias)));
    return [y, ...tf.grads(conv)(inputs, tf.tensor4d(dy, outShape))];
  });
  return { ...operands, expected };
}

/**
 * A pass computed in one of the ways; `taken` is whether it was that one: one that the shape does not fit is not taken,
 * but another measured and added to the file.
 */
function result(of: Operands, shape: number[], pass: number, type: typeof F32 | typeof BF16, way: number) {
  const file = join(folder, "choices.txt");
  // Two or three ways, as many as fit the shape.
  const lines = [2, 3].map((possible) => {
    const [n, ...others] = of.sizes;
    // From sixteen images on the choice is one for all.
    const line = `${[pass, type, possible, Math.min(n, 16), ...others, of.threads].join(" ")} =${way}`;
    return `\n${line} ${fnv(line)}\n`;
  });
  writeFileSync(file, lines.join(""));
  native.setThreads(of.threads);
  native.rememberConvolutions(""); // forgets what was read of the file before
  native.rememberConvolutions(file);
  const upload = (data: Float32Array, storage: typeof F32 | typeof BF16) => {
    const buffer = native.alloc(data.length, storage);
    native.upload(buffer, data);
    return buffer;
  };
  const [x, dy] = [of.x, of.dy].map((data) => upload(data, type));
  const [filter, bias] = [of.filter, of.bias].map((data) => upload(data, F32));
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  const out = native.alloc(values.length, pass === 2 ? F32 : type);
  if (pass === 0) native.conv2d(x, filter, bias, out, of.sizes, 1);
  else if (pass === 1) native.conv2dBackwardData(dy, filter, out, of.sizes);
  else native.conv2dBackwardWeights(x, dy, out, of.sizes, type);
  native.download(out, values);
  for (const buffer of [x, dy, filter, bias, out]) native.free(buffer);
  return { result: { shape, values }, taken: readFileSync(file, "utf8") === lines.join("") };
}

const types = [
  { name: "f32", type: F32, skip: noAddon, tolerance: TOLERANCE["onednn f32"] },
  {
    name: "bf16",
    type: BF16,
    skip: noAddon || (!describeCpu().bf16Possible && "this processor has no bf16"),
    tolerance: TOLERANCE["onednn bf16"],
  },
] as const;

for (const { name, type, skip, tolerance } of types) {
  test(`every way to convolve agrees with tfjs' JavaScript kernels, ${name}`, { skip }, () => {
    const taken = new Set<string>();
    for (const { expected, ...of } of made) {
      for (const [way, wayName] of ways.entries()) {
        for (const [pass, passName] of passes.entries()) {
          const got = result(of, expected[pass].shape, pass, type, way);
          assertClose([got.result], [expected[pass]], tolerance, `${passName} by ${wayName} of ${of.what}`);
          if (got.taken) taken.add(`${wayName} ${passName}`);
        }
      }
    }
    for (const passName of passes) {
      assert.ok(taken.has(`oneDNN ${passName}`));
      assert.ok(taken.has(`Winograd ${passName}`));
    }
  });
}
