import { numeric } from "../engine/numeric/numeric.js";

/**
 * A = L L^T in place: `a` [n, n] row-major becomes L, its upper triangle zero. Throws where a pivot is not
 * positive, as LAPACK's potrf reports it.
 */
export function choleskyInPlace(a: Float64Array, n: number): void {
  const native = numeric();
  if (native) {
    native.cholesky(a, n);
    return;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let p = 0; p < j; p++) sum -= a[i * n + p] * a[j * n + p];
      if (j < i) a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else throw new Error(`The matrix is not positive definite (pivot ${sum} at row ${i}).`);
    }
    a.fill(0, i * n + i + 1, (i + 1) * n);
  }
}

/** x with L L^T x = b. */
export function choleskySolve(l: Float64Array, n: number, b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) x[i] -= l[i * n + j] * x[j];
    x[i] /= l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= l[i * n + i];
    for (let j = 0; j < i; j++) x[j] -= l[i * n + j] * x[i];
  }
  return x;
}

/** (L L^T)^-1, [n, n]. */
export function choleskyInverse(l: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  const native = numeric();
  if (native) {
    native.inverseFromCholesky(l, n, out);
    return out;
  }
  // Row c of `inverse` is column c of L^-1.
  const inverse = new Float64Array(n * n);
  for (let c = 0; c < n; c++)
    for (let i = c; i < n; i++) {
      let sum = i === c ? 1 : 0;
      for (let j = c; j < i; j++) sum -= l[i * n + j] * inverse[c * n + j];
      inverse[c * n + i] = sum / l[i * n + i];
    }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let p = i; p < n; p++) sum += inverse[i * n + p] * inverse[j * n + p];
      out[i * n + j] = out[j * n + i] = sum;
    }
  return out;
}

/** |L^-1 b_r|^2 for the m rows b_r of `b` [m, n]: what a Gaussian process subtracts from its prior variance. */
export function forwardSquares(l: Float64Array, n: number, b: Float64Array, m: number): Float64Array {
  const out = new Float64Array(m);
  const native = numeric();
  if (native) {
    native.forwardSquares(l, n, b, m, out);
    return out;
  }
  const v = new Float64Array(n);
  for (let r = 0; r < m; r++)
    for (let i = 0; i < n; i++) {
      let sum = b[r * n + i];
      for (let j = 0; j < i; j++) sum -= l[i * n + j] * v[j];
      v[i] = sum / l[i * n + i];
      out[r] += v[i] * v[i];
    }
  return out;
}
