import type { Dataset } from "../data/dataset.js";
import { duration } from "../duration.js";
import { startEngine } from "../engine/engine.js";
import { trainingRate } from "../nn/training-rate.js";
import type { ProfileSizes } from "./profile-sizes.js";
import type { SkyWays } from "./skies.js";

/** What it needs of a study. */
interface ToTrain {
  readonly dataset: Dataset;
  readonly sizes: ProfileSizes;
  readonly ways: SkyWays;
  readonly untrained: string | null;
}

/**
 * One line on how long a study's training takes on the engine at hand, from a rate measured now (`trainingRate`): so
 * nobody begins the paper's own sizes without knowing. Steps only, from one start of the weights; reading a survey's
 * images, preprocessing and evaluation come on top.
 */
export async function trainingTime(study: ToTrain): Promise<string> {
  if (study.untrained) return study.untrained;
  const { dataset, sizes, ways } = study;
  const { epochs, batchSize, hiddenSize, cropSize } = sizes;
  const n = Math.min(dataset.length, sizes.limit);
  const imageSize = ways.imageSize(dataset, cropSize, sizes);
  const { backend, device } = await startEngine();
  const { imagesPerSecond, measured } = await trainingRate({ imageSize, batchSize, hiddenSize });
  return (
    `Training: ${epochs} epochs of ${n} images at ${imageSize} px take about ` +
    `${duration((epochs * n) / imagesPerSecond)} with ${backend} on ${device}, ` +
    `at ${Number(imagesPerSecond.toPrecision(3))} images/s (measured now: ${measured}).`
  );
}
