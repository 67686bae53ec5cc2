import { gaussianKde } from "../models/kde.js";

/** The parts of one violin, in the units of its values. */
export interface ViolinShape {
  n: number;
  /** Density at each grid point, scaled so that the widest place is 1; empty where there is no density. */
  grid: number[];
  halfWidth: number[];
  q1: number;
  median: number;
  q3: number;
  /** The extreme values: the paper's lines (Fig. 7). */
  low: number;
  high: number;
}

/**
 * A violin as the paper has it, by seaborn (scale "width"), with lines to the extrema in place of seaborn's whiskers:
 * Gaussian kernel density with Scott's bandwidth, cut 2 bandwidths beyond the extreme values, every violin equally
 * wide; quartiles by linear interpolation. NaN is left out. Fewer than `fewest` values say nothing about a density, and
 * equal ones have none: only the box is drawn.
 */
export function violinShape(values: ArrayLike<number>, fewest = 10, gridSize = 64): ViolinShape | null {
  const sorted = Float64Array.from(values)
    .filter((v) => Number.isFinite(v))
    .sort();
  const n = sorted.length;
  if (!n) return null;
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => quantile(sorted, p));
  const box = { n, q1, median, q3, low: sorted[0], high: sorted[n - 1] };
  if (n < Math.max(2, fewest) || sorted[0] === sorted[n - 1]) return { ...box, grid: [], halfWidth: [] };
  const { grid, density } = gaussianKde(sorted, { cut: 2, gridSize });
  const widest = density.reduce((a, b) => Math.max(a, b));
  return { ...box, grid: [...grid], halfWidth: Array.from(density, (d) => d / widest) };
}

/** numpy's default: linear between the two neighbours. */
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
