import { startEngine } from "../engine/engine.js";
import { Random } from "../random.js";
import { byolViews } from "./byol-augment.js";
import { ByolNetworks } from "./byol-networks.js";
import { ByolOptimiser } from "./byol-optimiser.js";
import { byolDefaults, type SettledByolOptions } from "./byol-options.js";
import { resnet18 } from "./resnet18.js";

/** How fast training runs: images a second at the size asked for, and what was measured to say so. */
export interface TrainingRate {
  imagesPerSecond: number;
  measured: string;
}

/**
 * The rate at which the running engine trains (section 4), from steps on noise with networks of their own. A GPU takes
 * the batches of the run; other engines as many pixels as 32 images of 80, so that convolutions fill the step and not what
 * a step does once; and those of JavaScript two small images, the rate going as one over the number of pixels.
 */
export async function trainingRate(
  options: Pick<SettledByolOptions, "imageSize" | "batchSize" | "hiddenSize">,
): Promise<TrainingRate> {
  const { backend } = await startEngine();
  const gpu = backend === "cuda" || backend === "tensorflow-gpu";
  const slow = backend === "wasm" || backend === "cpu";
  const side = slow ? Math.min(options.imageSize, 64) : options.imageSize;
  const enough = slow ? 2 : Math.max(8, Math.round(32 * (80 / side) ** 2));
  const batch = gpu ? options.batchSize : Math.min(options.batchSize, enough);
  const [warmUp, timed] = gpu ? [4, 10] : [1, slow ? 1 : 2];
  const { hiddenSize } = options;
  const { learningRate, tau, projectionSize } = byolDefaults;
  const random = new Random(1);
  const images = Uint8Array.from({ length: batch * side * side * 3 }, () => random.integer(256));
  const shape: [number, number, number, number] = [batch, side, side, 3];
  const encoder = resnet18();
  const networks = new ByolNetworks(encoder, { hiddenSize, projectionSize }, 1);
  const optimiser = new ByolOptimiser(networks, { learningRate, tau });
  try {
    await networks.copyToTarget();
    const steps = async (n: number) => {
      let last: Promise<number> | undefined;
      // As in an epoch: a GPU's next step is begun before the last one's loss is read.
      for (let i = 0; i < n; i++) {
        const before = last;
        last = optimiser.train({
          images,
          shape,
          views: byolViews(shape, side, [random, random]),
          size: side,
        });
        await before;
      }
      await last;
    };
    await steps(warmUp);
    const began = performance.now();
    await steps(timed);
    const rate = (timed * batch * 1000) / (performance.now() - began);
    return {
      imagesPerSecond: rate * (side / options.imageSize) ** 2,
      measured: `${timed} step${timed > 1 ? "s" : ""} of ${batch} images of ${side} px`,
    };
  } finally {
    optimiser.dispose();
    networks.dispose();
    encoder.dispose();
  }
}
