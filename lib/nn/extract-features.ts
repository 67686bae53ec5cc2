import type * as tf from "@tensorflow/tfjs";
import type { ImageStack } from "../data/images/image.js";
import { augmentWarp } from "../engine/ops/augment-warp.js";
import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { plainView } from "./byol-augment.js";
import { imagenetInput } from "./imagenet-input.js";
import { readBatches } from "./read-batches.js";
import type { ResNet18 } from "./resnet18.js";

export interface ExtractOptions {
  /** Images at a time, default 64. */
  batch?: number;
  /** Side of the network's input in pixels; default the images' own width. */
  imageSize?: number;
  /** Rows of the stack to look at; default all. */
  indices?: ArrayLike<number>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Engines convolve fewer images in ways of their own, whose sums round differently. A batch that has less is filled up
 * with empty images, so that an image's features are the same to the bit whatever others are computed with it.
 */
const LEAST = 16;

/**
 * The 512 `avgpool` features of each image (sections 3-8), [n, 512], from the network in evaluation mode. Images are
 * resized to `imageSize` and normalised with ImageNet's mean and std; the next batch is read while one is computed, and
 * a GPU computes it while the features of the last are fetched.
 */
export async function extractFeatures(
  net: ResNet18,
  stack: ImageStack,
  options: ExtractOptions = {},
): Promise<Matrix> {
  const { batch = 64, imageSize = stack.width, onProgress, signal } = options;
  if (!(Number.isInteger(batch) && batch >= 1))
    throw new Error(`batch is ${batch}; give 1 or more images at a time.`);
  const indices = options.indices ?? Uint32Array.from({ length: stack.length }, (_, i) => i);
  const n = indices.length;
  const d = net.featureSize;
  const data = new Float32Array(n * d);
  const batches: number[][] = [];
  for (let from = 0; from < n; from += batch)
    batches.push(Array.prototype.slice.call(indices, from, from + batch) as number[]);
  const { height, width, channels } = stack;
  const frozen = net.freeze();
  let done = 0;
  let k = 0;
  let under: Promise<void> | undefined;
  const keep = async (y: tf.Tensor2D, count: number, first: number) => {
    data.set((await y.data()).subarray(0, count * d), first * d);
    y.dispose();
    done += count;
    onProgress?.({ done, total: n });
  };
  try {
    for await (const bytes of readBatches(stack, batches)) {
      signal?.throwIfAborted();
      const count = batches[k].length;
      const computed = Math.max(count, Math.min(LEAST, batch));
      const pixels = filledUp(bytes, computed * height * width * channels);
      const view = plainView(computed, height, width, imageSize);
      const x = augmentWarp(
        pixels,
        [computed, height, width, channels],
        view.transforms,
        view.blurSigma,
        imagenetInput(imageSize),
      );
      const y = frozen.features(x);
      x.dispose();
      await under;
      under = keep(y, count, batch * k++);
      // A failure shows when this is awaited; until then it must not count as unhandled.
      under.catch(() => {});
      // Lets timers, sockets and the notebook's messages through between batches.
      await new Promise(setImmediate);
    }
    await under;
  } finally {
    await under?.catch(() => {});
    frozen.dispose();
  }
  return { data, shape: [n, d] };
}

/** `bytes` with zeros behind them, as many as make `length`. */
function filledUp(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}
