import { median } from "./median.js";

/** Where most values lie and how far they scatter about it, undisturbed by a few that lie elsewhere. */
export interface RobustScale {
  median: number;
  /** One standard deviation, as a few outliers cannot change it. */
  spread: number;
}

/**
 * Median and 1.4826 MAD, which is the standard deviation of normal values. Where most values are equal the MAD is zero
 * and every other value would be infinitely odd: `floor`, in the units of the values, is the least that counts.
 */
export function robustScale(values: ArrayLike<number>, floor = 0): RobustScale {
  const middle = median(values);
  const deviations = Float64Array.from(values, (v) => Math.abs(v - middle));
  return { median: middle, spread: Math.max(1.4826 * median(deviations), floor) };
}
