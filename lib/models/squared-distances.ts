import { numeric } from "../engine/numeric/numeric.js";
import type { Matrix } from "../matrix.js";

/**
 * Squared Euclidean distances |a_i - b_j|^2, [m, n] row-major in f64, as scipy's `cdist(..., "sqeuclidean")`: by
 * differences, so that near-duplicate rows keep their small distances (an expanded product would cancel).
 * Needs m n values of memory; `nearestNeighbours` does without.
 */
export function squaredDistances(a: Matrix, b: Matrix): Float64Array {
  const [m, d] = a.shape;
  const n = b.shape[0];
  if (b.shape[1] !== d)
    throw new Error(`squaredDistances: rows of ${d} and of ${b.shape[1]} values cannot be compared.`);
  const out = new Float64Array(m * n);
  const native = numeric();
  if (native) native.squaredDistances(a.data, m, b.data, n, d, out);
  else squaredDistancesReference(a, b, out);
  return out;
}

function squaredDistancesReference(a: Matrix, b: Matrix, out: Float64Array): void {
  const [m, d] = a.shape;
  const n = b.shape[0];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < d; p++) {
        const difference = a.data[i * d + p] - b.data[j * d + p];
        sum += difference * difference;
      }
      out[i * n + j] = sum;
    }
}
