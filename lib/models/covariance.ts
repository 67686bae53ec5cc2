import { numeric } from "../engine/numeric/numeric.js";
import type { Matrix } from "../matrix.js";

/** Rows handled at once: what a pass over the data needs beyond the data itself, and how often it can be stopped. */
export const BLOCK_ROWS = 65536;

/** `x`'s rows from..to as a matrix that shares its memory. */
export function rowBlock(x: Matrix, from: number, to: number): Matrix {
  const d = x.shape[1];
  return { data: x.data.subarray(from * d, to * d), shape: [to - from, d] };
}

/** What a covariance is made of: the count of rows, the means [D] and the scatter matrix [D, D] about them. */
export interface Moments {
  n: number;
  mean: Float64Array;
  scatter: Float64Array;
}

/** The moments of the rows of `x`. */
export function momentsOf(x: Matrix): Moments {
  const mean = columnMeans(x);
  return { n: x.shape[0], mean, scatter: scatterMatrix(x, mean) };
}

/**
 * The moments of two sets of rows together (Chan, Golub & LeVeque 1979): with delta = mean_b - mean_a,
 * S = S_a + S_b + n_a n_b / (n_a + n_b) delta delta^T. Merging many in a fixed order gives the same bits whoever
 * computed which. A set without rows changes nothing.
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const d = a.mean.length;
  if (b.mean.length !== d)
    throw new Error(`Moments of ${d} and of ${b.mean.length} columns do not belong together.`);
  const n = a.n + b.n;
  const weight = (a.n * b.n) / n;
  const delta = b.mean.map((m, j) => m - a.mean[j]);
  const scatter = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      const at = i * d + j;
      scatter[at] = a.scatter[at] + b.scatter[at] + weight * delta[i] * delta[j];
    }
  return { n, mean: a.mean.map((m, j) => m + (delta[j] * b.n) / n), scatter };
}

/** The mean of every column, in f64. */
export function columnMeans(x: Matrix): Float64Array {
  const [n, d] = x.shape;
  const mean = new Float64Array(d);
  const native = numeric();
  if (native) {
    native.columnMeans(x.data, n, d, mean);
    return mean;
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += x.data[i * d + j];
  return mean.map((sum) => sum / n);
}

/**
 * The scatter matrix S = sum_i (x_i - m)(x_i - m)^T, [D, D] row-major in f64, streamed over blocks of rows.
 *
 * Divide by n - 1 for numpy.cov. The data are centred before they are multiplied (never sum x^2 - n m^2), so a
 * large common offset costs no digits. `onBlock(rows done)` is called after each block.
 */
export function scatterMatrix(x: Matrix, mean: Float64Array, onBlock?: (rows: number) => void): Float64Array {
  const [n, d] = x.shape;
  const scatter = new Float64Array(d * d);
  for (let from = 0; from < n; from += BLOCK_ROWS) {
    const to = Math.min(n, from + BLOCK_ROWS);
    addScatter(rowBlock(x, from, to), mean, scatter);
    onBlock?.(to);
  }
  return scatter;
}

function addScatter(block: Matrix, mean: Float64Array, scatter: Float64Array): void {
  const [n, d] = block.shape;
  const native = numeric();
  if (native) {
    native.scatter(block.data, n, d, mean, scatter);
    return;
  }
  const centred = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) centred[j] = block.data[i * d + j] - mean[j];
    for (let j = 0; j < d; j++) for (let k = 0; k <= j; k++) scatter[j * d + k] += centred[j] * centred[k];
  }
  for (let j = 0; j < d; j++) for (let k = 0; k < j; k++) scatter[k * d + j] = scatter[j * d + k];
}
