import type { Matrix } from "../matrix.js";

/** Every column shifted to mean 0 and divided by its standard deviation (population); a constant one stays at 0. */
export function standardised(x: Matrix): Matrix {
  const [n, d] = x.shape;
  const data = new Float64Array(x.data);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    let square = 0;
    for (let i = 0; i < n; i++) mean += data[i * d + j] / n;
    for (let i = 0; i < n; i++) square += (data[i * d + j] - mean) ** 2 / n;
    const std = Math.sqrt(square) || 1; // a constant feature stays at zero
    for (let i = 0; i < n; i++) data[i * d + j] = (data[i * d + j] - mean) / std;
  }
  return { data, shape: x.shape };
}
