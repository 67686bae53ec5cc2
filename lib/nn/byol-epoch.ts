import * as tf from "@tensorflow/tfjs";
import type { ImageStack } from "../data/images/image.js";
import { augmentWarp } from "../engine/ops/augment-warp.js";
import { Random } from "../random.js";
import { byolAugment, IMAGENET_MEAN, IMAGENET_STD } from "./byol-augment.js";
import type { ByolOptimiser } from "./byol-optimiser.js";
import type { SettledByolOptions } from "./byol-options.js";

/** One epoch of training, before anyone looked at the network. */
export interface TrainedEpoch {
  epoch: number;
  loss: number | null;
  seconds: number;
  dataSeconds: number;
}

/**
 * One epoch: every image once, in an order and with views drawn from (seed, epoch, step). The next batch is read
 * while the engine works on one.
 */
export async function trainByolEpoch(
  optimiser: ByolOptimiser,
  stack: ImageStack,
  o: SettledByolOptions,
  epoch: number,
): Promise<TrainedEpoch> {
  const random = new Random(o.seed).fork(`epoch ${epoch}`);
  const order = random.fork("order").permutation(stack.length);
  const batches: Uint32Array[] = [];
  for (let from = 0; from < order.length; from += o.batchSize) {
    const batch = order.subarray(from, from + o.batchSize);
    if (batch.length >= 2) batches.push(batch);
  }
  let total = 0;
  let seen = 0;
  let waited = 0;
  const began = performance.now();
  const read = (step: number) => {
    const bytes = stack.read(batches[step]);
    // Awaited in its turn; until then a failure must not count as unhandled.
    bytes.catch(() => {});
    return bytes;
  };
  let next = read(0);
  for (let step = 0; step < batches.length; step++) {
    o.signal?.throwIfAborted();
    const asked = performance.now();
    const bytes = await next;
    const n = batches[step].length;
    if (step + 1 < batches.length) next = read(step + 1);
    const [view1, view2] = [1, 2].map((view) =>
      warpedView(bytes, n, stack, o, random.fork(`step ${step} view ${view}`)),
    );
    waited += performance.now() - asked;
    const loss = await optimiser.train(view1, view2);
    tf.dispose([view1, view2]);
    if (!Number.isFinite(loss))
      throw new Error(
        `The loss became ${loss} in epoch ${epoch}, step ${step + 1}; try a smaller learningRate.`,
      );
    total += loss * n;
    seen += n;
    const rate = (1000 * seen) / (performance.now() - began);
    o.onProgress?.({
      done: (epoch - 1) * batches.length + step + 1,
      total: o.epochs * batches.length,
      note: `epoch ${epoch}/${o.epochs}, loss ${loss.toFixed(3)}, ${rate.toFixed(1)} images/s`,
    });
    // Lets timers, sockets and the notebook's messages through between steps.
    await new Promise(setImmediate);
  }
  return {
    epoch,
    loss: total / seen,
    seconds: (performance.now() - began) / 1000,
    dataSeconds: waited / 1000,
  };
}

function warpedView(
  bytes: Uint8Array,
  n: number,
  stack: ImageStack,
  o: SettledByolOptions,
  random: Random,
): tf.Tensor4D {
  const { height, width, channels } = stack;
  const { transforms, blurSigma } = byolAugment(n, height, width, o.imageSize, random, o.augment);
  return augmentWarp(bytes, [n, height, width, channels], transforms, blurSigma, {
    height: o.imageSize,
    width: o.imageSize,
    channels: 3,
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    border: "reflect",
  });
}
