import type { ImageStack } from "../data/images/image.js";
import { RepeatedStep } from "../engine/repeated-step.js";
import { Random } from "../random.js";
import { byolViews } from "./byol-augment.js";
import type { ByolOptimiser } from "./byol-optimiser.js";
import type { SettledByolOptions } from "./byol-options.js";
import { readBatches } from "./read-batches.js";

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
  const told = (step: number, loss: number) => {
    if (!Number.isFinite(loss))
      throw new Error(
        `The loss became ${loss} in epoch ${epoch}, step ${step + 1}; try a smaller learningRate.`,
      );
    total += loss * batches[step].length;
    seen += batches[step].length;
    const rate = (1000 * seen) / (performance.now() - began);
    o.onProgress?.({
      done: (epoch - 1) * batches.length + step + 1,
      total: o.epochs * batches.length,
      note: `epoch ${epoch}/${o.epochs}, loss ${loss.toFixed(3)}, ${rate.toFixed(1)} images/s`,
    });
  };
  const { height, width, channels } = stack;
  let under: Promise<number> | null = null;
  let step = 0;
  let asked = performance.now();
  try {
    for await (const images of readBatches(stack, batches)) {
      o.signal?.throwIfAborted();
      waited += performance.now() - asked;
      const shape: [number, number, number, number] = [batches[step].length, height, width, channels];
      const generators = [1, 2].map((view) => random.fork(`step ${step} view ${view}`)) as [Random, Random];
      const views = byolViews(shape, o.imageSize, generators, o.augment);
      const loss = optimiser.train({ images, shape, views, size: o.imageSize });
      // A GPU works on this step while the last one's loss is read; other engines are done with it by now.
      if (!RepeatedStep.runsAhead) told(step, await loss);
      else {
        const last = under;
        under = loss;
        loss.catch(() => {});
        if (last) told(step - 1, await last);
      }
      step++;
      // Lets timers, sockets and the notebook's messages through between steps.
      await new Promise(setImmediate);
      asked = performance.now();
    }
  } finally {
    // Nobody may change the images of a step under way, nor free its networks.
    await under?.catch(() => {});
  }
  if (under) told(batches.length - 1, await under);
  return {
    epoch,
    loss: total / seen,
    seconds: (performance.now() - began) / 1000,
    dataSeconds: waited / 1000,
  };
}
