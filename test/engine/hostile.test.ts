import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../lib/engine/engine.js";
import type { NativeBackend } from "../../lib/engine/native/backend.js";
import { adamStep } from "../../lib/engine/ops/adam-step.js";
import { augmentWarp } from "../../lib/engine/ops/augment-warp.js";
import { batchNormTrain } from "../../lib/engine/ops/batch-norm-train.js";
import { emaStep } from "../../lib/engine/ops/ema-step.js";
import { maxPool } from "../../lib/engine/ops/max-pool.js";
import { missing, nativeSettings, use } from "./compare.js";
import { plainWarp } from "./plain-warp.js";

/** Bad calls throw an Error that names what is wrong; the process survives all of them and still computes. */
test("hostile calls throw and the backend goes on", async (t) => {
  for (const setting of nativeSettings) {
    if (missing(setting)) continue;
    await use(setting);
    const { native } = tf.engine().backend as NativeBackend;
    const before = tf.memory().numTensors;
    const bad: [string, RegExp, () => unknown][] = [
      [
        "channels that do not fit",
        /conv2d/i,
        () =>
          tf.conv2d(tf.ones([1, 4, 4, 3]) as tf.Tensor4D, tf.ones([3, 3, 2, 4]) as tf.Tensor4D, 1, "same"),
      ],
      [
        "a NaN weight",
        /Conv2D.*NaN/,
        () =>
          tf.conv2d(
            tf.ones([1, 4, 4, 1]) as tf.Tensor4D,
            tf.fill([1, 1, 1, 1], Number.NaN) as tf.Tensor4D,
            1,
            "same",
          ),
      ],
      [
        "an infinite weight",
        /infinity/,
        () =>
          tf.conv2d(
            tf.ones([1, 4, 4, 1]) as tf.Tensor4D,
            tf.fill([1, 1, 1, 1], Number.POSITIVE_INFINITY) as tf.Tensor4D,
            1,
            "same",
          ),
      ],
      [
        "an empty batch",
        /Conv2D\(\[0,4,4,1\]/,
        () =>
          tf.conv2d(tf.zeros([0, 4, 4, 1]) as tf.Tensor4D, tf.ones([1, 1, 1, 1]) as tf.Tensor4D, 1, "same"),
      ],
      [
        "a filter larger than the image",
        /Conv2D/,
        () =>
          tf.conv2d(tf.ones([1, 2, 2, 1]) as tf.Tensor4D, tf.ones([5, 5, 1, 1]) as tf.Tensor4D, 1, "valid"),
      ],
      ["inner sizes", /matMul|inner/i, () => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]))],
      ["100 TB", /memory|MiB/, () => tf.fill([25e3, 1000, 1000, 1000], 1)],
      ["1e18 bytes", /memory|MiB|too large|value/, () => tf.fill([1e9, 1e9], 1)],
      [
        "batch norm shapes",
        /batchNormTrain.*\[3\]/,
        () => batchNormTrain(tf.ones([2, 4]), tf.ones([3]), tf.ones([4])),
      ],
      [
        "an empty batch norm",
        /batchNormTrain/,
        () => batchNormTrain(tf.zeros([0, 4]), tf.ones([4]), tf.ones([4])),
      ],
      ["a pool too large", /maxPool/, () => maxPool(tf.ones([1, 2, 2, 1]), 5, 1, 0)],
      ["a pad too large", /maxPool/, () => maxPool(tf.ones([1, 4, 4, 1]), 3, 1, 2)],
      [
        "a disposed input",
        /dispos/,
        () => {
          const x = tf.ones([2, 2]);
          x.dispose();
          return tf.relu(x);
        },
      ],
      [
        "a disposed gradient",
        /dispos/,
        () => {
          const [p, m, v] = [1, 0, 0].map((value) => tf.variable(tf.fill([2], value)));
          const g = tf.ones([2]);
          g.dispose();
          try {
            adamStep([p], [g], [m], [v], { learningRate: 1, step: 1 });
          } finally {
            tf.dispose([p, m, v]);
          }
        },
      ],
      [
        "a NaN gradient",
        /NaN/,
        () => {
          const [p, m, v] = [1, 0, 0].map((value) => tf.variable(tf.fill([2], value)));
          try {
            adamStep([p], [tf.fill([2], Number.NaN)], [m], [v], { learningRate: 1, step: 1 });
          } finally {
            tf.dispose([p, m, v]);
          }
        },
      ],
      ["lists of different length", /emaStep/, () => emaStep([], [tf.variable(tf.ones([1]))], 0.9)],
      ["too few bytes", /augmentWarp/, () => warp(new Uint8Array(5), [1, 4, 4, 1])],
      ["an endless transform", /augmentWarp/, () => warp(new Uint8Array(16), [1, 4, 4, 1], Number.NaN)],
      [
        "far transforms",
        /^$/,
        () => {
          warp(new Uint8Array(16), [1, 4, 4, 1], 3e38);
          throw new Error("");
        },
      ],
      [
        "the addon: wrong arguments",
        /native tensor/,
        () => native.conv2d(null as never, null as never, null, null as never, [], 0),
      ],
      [
        "the addon: a short list",
        /sizes/,
        () => {
          const b = native.alloc(4, 0);
          native.conv2d(b, b, null, b, [1, 2], 0);
        },
      ],
      [
        "the addon: sizes beyond the buffer",
        /holds/,
        () => {
          const b = native.alloc(4, 0);
          native.globalAveragePool(b, b, [9, 9, 9]);
        },
      ],
      [
        "the addon: a copy out of bounds",
        /leaves/,
        () => {
          const b = native.alloc(4, 0);
          native.copy(b, b, [4], [1], [1], 2, 0);
        },
      ],
      [
        "the addon: freed twice",
        /disposed/,
        () => {
          const b = native.alloc(4, 0);
          native.free(b);
          native.free(b);
          native.fill(b, 1);
        },
      ],
      [
        "the addon: an unknown operation",
        /./,
        () => {
          const b = native.alloc(4, 0);
          native.unary("Nothing", b, b, 0, 0);
        },
      ],
    ];
    for (const [name, message, call] of bad) {
      await t.test(`${setting}: ${name}`, () => {
        assert.throws(
          () =>
            tf.tidy(() => {
              call();
            }),
          (e: Error) => message.test(e.message) || assert.fail(`says: ${e.message}`),
        );
      });
    }
    assert.ok(tf.memory().numTensors - before <= 1, "tensors of failed calls stay behind");
    assert.equal(
      tf.tidy(() => tf.sum(tf.add(tf.ones([3]), 1)).dataSync()[0]),
      6,
    );
  }
});

function warp(images: Uint8Array, shape: [number, number, number, number], t = 1): tf.Tensor {
  const transform = Float32Array.of(t, 0, 0, 0, t, 0);
  return augmentWarp(images, shape, transform, Float32Array.of(0), plainWarp(4, 4));
}

test("wrong wishes to startEngine say what is possible", async () => {
  await assert.rejects(startEngine({ backend: "metal" as "cpu" }), /no backend "metal"/);
  await assert.rejects(startEngine({ threads: 0 }), /threads/);
  await assert.rejects(startEngine({ backend: "wasm", precision: "bf16" }), /no bf16/);
  await assert.rejects(startEngine({ backend: "tensorflow-gpu" }), /not installed/);
});
