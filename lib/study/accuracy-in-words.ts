import { knnDefaults } from "../models/knn.js";
import { resampledError } from "../models/resampled-error.js";
import type { Accuracy } from "./epoch-judge.js";

/** "0.858 ± 0.015": the accuracy with its standard error (`resampledError`); alone where its splits were not kept. */
export function accuracyInWords({ mean, splits }: Accuracy): string {
  const error = splits && splits.length > 1 ? resampledError(splits, knnDefaults.testSize) : null;
  return error === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}
