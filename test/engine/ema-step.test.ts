import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../lib/engine/engine.js";
import { emaStep } from "../../lib/engine/ops/ema-step.js";

test("the moving average by hand: what is followed is scaled first, rows are taken in one after the other", async () => {
  await startEngine();
  for (const backend of new Set([tf.getBackend(), "cpu"])) {
    await tf.setBackend(backend);
    const targets = [tf.variable(tf.tensor1d([8, 0])), tf.variable(tf.tensor1d([4]))];
    // 3/4 x 8 + 1/4 x 2 x 2 and 1/4 x 2 x 4; then 3/4 (3/4 x 4 + 1/4 x 8) + 1/4 x 16 in two rows.
    emaStep(targets, [tf.tensor1d([2, 4]), tf.tensor2d([[8], [16]])], 0.75, Float32Array.of(2, 1));
    assert.deepEqual([...(await targets[0].data())], [7, 2], backend);
    assert.deepEqual([...(await targets[1].data())], [7.75], backend);
    emaStep([targets[1]], [tf.tensor1d([3.75])], 0.75);
    assert.deepEqual([...(await targets[1].data())], [6.75], backend);
    tf.dispose(targets);
  }
});
