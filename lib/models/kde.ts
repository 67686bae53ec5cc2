import { numeric } from "../engine/numeric/numeric.js";
import { variance } from "../variance.js";

export interface KdeOptions {
  /** The kernel's width in units of the sample's standard deviation; default Scott's n^(-1/5). */
  factor?: number;
  /** How many bandwidths the grid extends beyond the extreme values; default 2, as in seaborn's violins. */
  cut?: number;
  /** Points of the grid; default 100. */
  gridSize?: number;
  /** Evaluate here instead of on the grid. */
  at?: ArrayLike<number>;
}

export interface Kde {
  grid: Float64Array;
  density: Float64Array;
  /** The kernel's standard deviation in the units of the values. */
  bandwidth: number;
}

/**
 * Gaussian kernel density estimate in one dimension (the violins of Fig. 7):
 * f(g) = 1 / (n h sqrt(2 pi)) sum_i exp(-((g - x_i) / h)^2 / 2), h = std(x, ddof 1) n^(-1/5).
 *
 * Mirrors scipy.stats.gaussian_kde (1.10) and seaborn's grid of a violin. Values that are all the same have no
 * density (scipy raises too); fewer than two values, a NaN and a spread that overflows are errors.
 */
export function gaussianKde(values: ArrayLike<number>, options: KdeOptions = {}): Kde {
  if (values && "shape" in values)
    throw new Error(
      "gaussianKde takes one list of numbers; pass a column of the matrix, or its data as one list.",
    );
  const n = values?.length ?? 0;
  const { factor = n ** -0.2, cut = 2, gridSize = 100, at } = options;
  if (n < 2) throw new Error(`gaussianKde: ${n} values where at least 2 are needed.`);
  const x = Float64Array.from(values);
  const bad = x.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new Error(`gaussianKde: value ${x[bad]} at index ${bad}; remove it first.`);
  if (!(factor > 0)) throw new Error(`gaussianKde: factor is ${factor} but must be above 0.`);
  if (!(Number.isInteger(gridSize) && gridSize >= 2))
    throw new Error(`gaussianKde: gridSize is ${gridSize} but must be a whole number >= 2.`);

  if (x.every((v) => v === x[0]))
    throw new Error("gaussianKde: all values are the same, so they have no density.");
  const spread = Math.sqrt(variance(x));
  const bandwidth = factor * spread;
  const scale = 1 / (n * bandwidth * Math.sqrt(2 * Math.PI));
  if (!Number.isFinite(scale) || scale === 0)
    throw new Error(
      `gaussianKde: the values spread over ${spread}, too little or too much for a density; rescale them.`,
    );

  const badAt = at ? Array.from(at).findIndex((v) => !Number.isFinite(v)) : -1;
  if (badAt >= 0) throw new Error(`gaussianKde: at is ${at![badAt]} at index ${badAt}; remove it first.`);
  const grid = at ? Float64Array.from(at) : evenPoints(x, cut * bandwidth, gridSize);
  const density = densitySums(x, grid, bandwidth);
  return { grid, density: density.map((sum) => sum * scale), bandwidth };
}

/** Even points from the smallest value minus `margin` to the largest plus `margin`. */
function evenPoints(x: Float64Array, margin: number, size: number): Float64Array {
  const low = x.reduce((a, b) => Math.min(a, b)) - margin;
  const high = x.reduce((a, b) => Math.max(a, b)) + margin;
  return Float64Array.from({ length: size }, (_, i) => low + ((high - low) * i) / (size - 1));
}

function densitySums(x: Float64Array, grid: Float64Array, bandwidth: number): Float64Array {
  const sums = new Float64Array(grid.length);
  const native = numeric();
  if (native) native.densitySums(x, x.length, grid, grid.length, bandwidth, sums);
  else
    for (let g = 0; g < grid.length; g++)
      for (let i = 0; i < x.length; i++) sums[g] += Math.exp(-0.5 * ((grid[g] - x[i]) / bandwidth) ** 2);
  return sums;
}
