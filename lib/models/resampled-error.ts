import { variance } from "../variance.js";

/**
 * Standard error of a mean over J random splits of one set: s √(1/J + test/train), with s the scatter over the splits.
 *
 * Splits share their rows, so s / √J would be too small (the corrected resampled t test; Nadeau & Bengio 2003, Machine
 * Learning 52, eq. 9). It tells how far the mean would move on other rows of the kind, whatever the number of splits.
 * `testShare` is the share of the rows that each split holds out. NaN of fewer than two splits.
 */
export function resampledError(values: ArrayLike<number>, testShare: number): number {
  const J = values.length;
  if (!(testShare > 0 && testShare < 1))
    throw new Error(`resampledError: testShare is ${testShare} but must lie between 0 and 1.`);
  return Math.sqrt(variance(values) * (1 / J + testShare / (1 - testShare)));
}
