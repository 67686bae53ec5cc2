import "./emulated.js";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../../lib/engine/engine.js";
import { hostMemory } from "../../../lib/engine/host-memory.js";
import type { NativeBackend } from "../../../lib/engine/native/backend.js";
import { emaStep } from "../../../lib/engine/ops/ema-step.js";
import { l2Normalize } from "../../../lib/engine/ops/l2-normalize.js";

/** Starts the CUDA engine as the environment says, runs what the arguments name, and prints what became of it. */
const [work, precision] = process.argv.slice(2) as [string, "f32" | "bf16"];
if (process.env.TEST_DRIVER) process.env.LATENT_SKY_CUDA_DRIVER = process.env.TEST_DRIVER;
try {
  const { note } = await startEngine({ backend: "cuda", precision });
  console.log(note);
} catch (error) {
  console.log((error as Error).message);
  process.exit(0);
}
/** This file again, in a thread; tsx' own loader does not come along. */
const inThread = `import("tsx/esm/api").then((tsx) => {
  tsx.register();
  return import(require("node:worker_threads").workerData);
});`;
const attempts: Record<string, (() => unknown)[]> = {
  start: [],
  fill: [() => tf.fill([1 << 22], 1), () => tf.fill([1 << 20], 1), () => tf.fill([1 << 22], 1)],
  // The pool holds ten freed blocks when one is asked for that fits only in their place.
  pool: [
    () => tf.dispose(Array.from({ length: 10 }, (_, i) => tf.fill([(1 << 18) + i * 30_000], i))),
    () => tf.fill([2_500_000], 3).dispose(),
  ],
  // The memory of lists of tensors is asked for when the card is full of freed blocks.
  list: [
    () => tf.fill([1 << 20], 1).dispose(),
    () => emaStep([tf.variable(tf.ones([4]))], [tf.ones([4])], 0.5),
  ],
  // Ten arrays of sizes of their own, given up, then one more.
  pinned: [
    () => void Array.from({ length: 10 }, (_, i) => hostMemory((60 + i) << 20)),
    async () => {
      setFlagsFromString("--expose-gc");
      runInNewContext("gc")();
      await setImmediate();
    },
    () => hostMemory(80 << 20),
    () => {
      const { native } = tf.engine().backend as NativeBackend;
      console.log((native as unknown as { counts(): { pinned: number } }).counts().pinned / 2 ** 20);
    },
  ],
  rows: [
    () => l2Normalize(tf.ones([2, 3]) as tf.Tensor2D).dataSync(),
    () => tf.add(tf.ones([4]), 1).dataSync(),
    () => tf.fill([4], 1),
  ],
  product: [
    () =>
      console.log(
        tf
          .matMul(tf.ones([3, 4]), tf.fill([4, 2], 2))
          .dataSync()
          .join(),
      ),
  ],
  // The same process starts the engine in a thread too.
  thread: [
    () =>
      once(
        new Worker(inThread, { eval: true, argv: ["start", precision], workerData: import.meta.url }),
        "exit",
      ),
    () => tf.add(tf.ones([4]), 1).dataSync(),
  ],
};
for (const attempt of attempts[work]) {
  try {
    await attempt();
    console.log("done");
  } catch (error) {
    console.log((error as Error).message);
  }
}
