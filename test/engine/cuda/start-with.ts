import "./emulated.js";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../../lib/engine/engine.js";
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
const attempts: Record<string, (() => unknown)[]> = {
  start: [],
  fill: [() => tf.fill([1 << 22], 1), () => tf.fill([1 << 20], 1), () => tf.fill([1 << 22], 1)],
  // The pool holds ten freed blocks when one is asked for that fits only in their place.
  pool: [
    () => tf.dispose(Array.from({ length: 10 }, (_, i) => tf.fill([(1 << 18) + i * 30_000], i))),
    () => tf.fill([2_500_000], 3).dispose(),
  ],
  rows: [
    () => l2Normalize(tf.ones([2, 3]) as tf.Tensor2D).dataSync(),
    () => tf.add(tf.ones([4]), 1).dataSync(),
    () => tf.fill([4], 1),
  ],
};
for (const attempt of attempts[work]) {
  try {
    attempt();
    console.log("done");
  } catch (error) {
    console.log((error as Error).message);
  }
}
