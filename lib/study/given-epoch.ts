import { type Matrix, takeRows } from "../matrix.js";
import { knnAccuracy } from "../models/knn-accuracy.js";
import { embeddingSpread, MONITORED } from "../nn/collapse.js";
import type { EpochReport } from "../nn/train-byol.js";
import { Random } from "../random.js";
import type { Accuracy } from "./epoch-judge.js";

/**
 * Features that nobody trains here, reported as epoch 0 of a training that does not follow: their spread, and the
 * paper's measure (section 5), their KNN accuracy on the evaluation subset where there is one.
 */
export function givenEpoch(
  features: Matrix,
  subset: { indices: ArrayLike<number>; labels: readonly string[] } | null,
  seed: number,
): EpochReport & { knn: Accuracy | null; origin: null } {
  const some = new Random(seed).permutation(features.shape[0]).subarray(0, MONITORED);
  const accuracy = subset && knnAccuracy(takeRows(features, subset.indices), [...subset.labels], { seed });
  return {
    epoch: 0,
    epochs: 0,
    loss: null,
    ...embeddingSpread(takeRows(features, some)),
    imagesPerSecond: null,
    seconds: 0,
    dataShare: 0,
    evaluationSeconds: 0,
    etaSeconds: 0,
    evaluation: {},
    warnings: [],
    origin: null,
    knn: accuracy && { mean: accuracy.mean, std: accuracy.std, splits: Array.from(accuracy.accuracies) },
  };
}
