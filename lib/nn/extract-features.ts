import type { ImageStack } from "../data/images/image.js";
import { augmentWarp } from "../engine/ops/augment-warp.js";
import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { IMAGENET_MEAN, IMAGENET_STD, plainView } from "./byol-augment.js";
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
 * The 512 `avgpool` features of each image (sections 3-8), [n, 512], from the network in evaluation mode. Images are
 * resized to `imageSize` and normalised with ImageNet's mean and std; the next batch is read while one is computed.
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
  const part = (from: number) => Array.prototype.slice.call(indices, from, from + batch) as number[];
  const frozen = net.freeze();
  try {
    let next = n > 0 ? stack.read(part(0)) : null;
    for (let from = 0; from < n; from += batch) {
      signal?.throwIfAborted();
      const bytes = await next!;
      const count = Math.min(batch, n - from);
      next = from + batch < n ? stack.read(part(from + batch)) : null;
      // A failure shows when this promise is awaited in its turn; until then it must not count as unhandled.
      next?.catch(() => {});
      const { height, width, channels } = stack;
      const view = plainView(count, height, width, imageSize);
      const x = augmentWarp(bytes, [count, height, width, channels], view.transforms, view.blurSigma, {
        height: imageSize,
        width: imageSize,
        channels: 3,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
        border: "reflect",
      });
      const y = frozen.features(x);
      x.dispose();
      data.set(await y.data(), from * d);
      y.dispose();
      onProgress?.({ done: from + count, total: n });
      // Lets timers, sockets and the notebook's messages through between batches.
      await new Promise(setImmediate);
    }
  } finally {
    frozen.dispose();
  }
  return { data, shape: [n, d] };
}
