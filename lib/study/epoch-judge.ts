import type { ImageStack } from "../data/images/image.js";
import { knnAccuracy } from "../models/knn-accuracy.js";
import type { Measurements } from "../nn/byol-options.js";
import { extractFeatures } from "../nn/extract-features.js";
import type { ResNet18 } from "../nn/resnet18.js";
import { originSample } from "./origins.js";

/** Fewer rows than these are not split into training and test part. */
export const JUDGED = 20;

/** What an epoch is judged on. */
export interface JudgedOn {
  stack: ImageStack;
  /** The evaluation subset; null where there is none worth a number. */
  subset: { indices: Uint32Array; labels: readonly string[] } | null;
  /** The set of each image where they are from several. */
  origins: readonly string[] | null;
  imageSize: number;
  seed: number;
}

/** KNN accuracy over the random splits; `splits`, one a split, is not in reports of before it was kept. */
export interface Accuracy {
  mean: number;
  std: number;
  splits?: readonly number[];
}

/** What the judge left in an epoch's report: of the classes ("knn") or of the sets ("origin"); null where nothing. */
export function accuracyIn(evaluation: Measurements, of: "knn" | "origin"): Accuracy | null {
  const [mean, std, splits] = ["Mean", "Std", "Splits"].map((what) => evaluation[of + what]);
  if (typeof mean !== "number" || typeof std !== "number") return null;
  return { mean, std, ...(typeof splits === "object" ? { splits } : {}) };
}

/** Measures a network by the KNN accuracy of its features, of the classes and of the sets: `trainByol`'s `evaluate`. */
export function epochJudge({ stack, subset, origins, imageSize, seed }: JudgedOn) {
  const sample = origins && originSample(origins, seed);
  return async (net: ResNet18): Promise<Measurements> => {
    const accuracy = async (indices: Uint32Array, labels: readonly string[]) =>
      knnAccuracy(await extractFeatures(net, stack, { indices, imageSize }), labels, { seed });
    const found: Measurements = {};
    if (subset) {
      const { mean, std, accuracies } = await accuracy(subset.indices, subset.labels);
      Object.assign(found, { knnMean: mean, knnStd: std, knnSplits: Array.from(accuracies) });
    }
    if (origins && sample && sample.length >= JUDGED) {
      const ofSample = Array.from(sample, (row) => origins[row]);
      const { mean, std } = await accuracy(sample, ofSample);
      Object.assign(found, { originMean: mean, originStd: std });
    }
    return found;
  };
}
