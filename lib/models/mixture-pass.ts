import { type Numeric, numeric } from "../engine/numeric/numeric.js";
import type { Matrix } from "../matrix.js";
import { columnMeans } from "./covariance.js";

/** What a row's responsibilities are computed from; K components, D columns. */
export interface MixtureDensity {
  /** [K, D]. */
  means: Float64Array;
  /** F_k lower triangular, F_k^T F_k = Sigma_k^-1; [K, D, D]. */
  factors: Float64Array;
  /** Everything in ln w_ik that does not depend on the row; [K]. */
  coefficients: Float64Array;
}

/** Weighted moments of the rows about `centres`; all that the M step needs to know about the data. */
export interface MixtureMoments {
  centres: Float64Array;
  /** N_k = sum_i r_ik, [K]. */
  counts: Float64Array;
  /** sum_i r_ik (x_i - c_k), [K, D]. */
  sums: Float64Array;
  /** sum_i r_ik (x_i - c_k)(x_i - c_k)^T, [K, D, D]. */
  seconds: Float64Array;
}

/** A responsibility below this adds nothing: with the priors' unit counts its effect is below rounding. */
const NEGLIGIBLE = Math.log(1e-20);

/**
 * E step fused with the sums of the M step, in one pass over the rows (memory O(block + K D^2)).
 *
 * ln w_ik = coefficient_k - 1/2 |F_k (x_i - m_k)|^2, r_ik = w_ik / sum_j w_ij; the moments are about the present
 * means, which lie close to the coming ones, so that the M step's shift to the new means costs no digits.
 * `entropy` = sum_ik r_ik ln r_ik, `logLikelihood` = sum_i ln sum_k w_ik.
 */
export function expectationMoments(x: Matrix, density: MixtureDensity) {
  const [n, d] = x.shape;
  const k = density.coefficients.length;
  const moments = emptyMoments(k, d, density.means);
  const totals = new Float64Array(2);
  const native = numeric();
  if (native) {
    nativeExpectation(native, x, density, { totals, moments });
  } else {
    const logs = new Float64Array(k);
    for (let i = 0; i < n; i++) {
      totals[1] += logResponsibilities(x, i, density, logs);
      for (let c = 0; c < k; c++) {
        const r = Math.exp(logs[c]);
        totals[0] += r * logs[c];
        if (logs[c] > NEGLIGIBLE) addRow(moments, c, r, x, i);
      }
    }
    mirror(moments.seconds, k, d);
  }
  return { moments, entropy: totals[0], logLikelihood: totals[1] };
}

/** What a native pass writes: what is left out is not computed. */
interface Written {
  totals: Float64Array;
  moments?: MixtureMoments;
  proba?: Float64Array | null;
  labels?: Int32Array;
}

function nativeExpectation(native: Numeric, x: Matrix, density: MixtureDensity, out: Written): void {
  const [n, d] = x.shape;
  const { means, factors, coefficients } = density;
  const { totals, moments, proba = null, labels = null } = out;
  const { counts, sums, seconds } = moments ?? { counts: null, sums: null, seconds: null };
  native.mixtureExpectation(
    x.data,
    n,
    d,
    coefficients.length,
    means,
    factors,
    coefficients,
    totals,
    counts,
    sums,
    seconds,
    proba,
    labels,
  );
}

/** Adds the moments of further rows, about the same centres, to `sum`. */
export function addMoments(sum: MixtureMoments, more: MixtureMoments): void {
  for (const part of ["counts", "sums", "seconds"] as const)
    for (let i = 0; i < sum[part].length; i++) sum[part][i] += more[part][i];
}

/** Responsibilities [n, K] and the component of the largest one for each row (the first of equals). */
export function responsibilities(x: Matrix, density: MixtureDensity): { proba: Matrix; labels: Int32Array } {
  const [n] = x.shape;
  const k = density.coefficients.length;
  const proba = new Float64Array(n * k);
  const labels = predictRows(x, density, proba);
  return { proba: { data: proba, shape: [n, k] }, labels };
}

/** The component of the largest responsibility of each row, without keeping responsibilities. */
export function mostResponsible(x: Matrix, density: MixtureDensity): Int32Array {
  return predictRows(x, density, null);
}

function predictRows(x: Matrix, density: MixtureDensity, proba: Float64Array | null): Int32Array {
  const [n] = x.shape;
  const k = density.coefficients.length;
  const labels = new Int32Array(n);
  const native = numeric();
  if (native) {
    nativeExpectation(native, x, density, { totals: new Float64Array(2), proba, labels });
    return labels;
  }
  const logs = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    logResponsibilities(x, i, density, logs);
    for (let c = 1; c < k; c++) if (logs[c] > logs[labels[i]]) labels[i] = c;
    if (proba) for (let c = 0; c < k; c++) proba[i * k + c] = Math.exp(logs[c]);
  }
  return labels;
}

/**
 * Moments of given responsibilities ([n, K], or one label per row), each component's about its own weighted mean.
 * A component without rows is centred on the mean of all rows.
 */
export function startingMoments(x: Matrix, given: Float64Array | Int32Array, k: number): MixtureMoments {
  const d = x.shape[1];
  const all = columnMeans(x);
  const centres = new Float64Array(k * d);
  for (let c = 0; c < k; c++) centres.set(all, c * d);
  // Two passes: the second one about the means found by the first, so that no digits cancel.
  const first = givenMoments(x, given, k, centres);
  for (let c = 0; c < k; c++)
    if (first.counts[c] > 0)
      for (let j = 0; j < d; j++) centres[c * d + j] += first.sums[c * d + j] / first.counts[c];
  return givenMoments(x, given, k, centres);
}

function givenMoments(
  x: Matrix,
  given: Float64Array | Int32Array,
  k: number,
  centres: Float64Array,
): MixtureMoments {
  const [n, d] = x.shape;
  const moments = emptyMoments(k, d, centres.slice());
  const native = numeric();
  if (native) {
    native.mixtureMoments(x.data, n, d, k, given, centres, moments.counts, moments.sums, moments.seconds);
    return moments;
  }
  for (let i = 0; i < n; i++)
    if (given instanceof Int32Array) addRow(moments, given[i], 1, x, i);
    else for (let c = 0; c < k; c++) if (given[i * k + c] > 0) addRow(moments, c, given[i * k + c], x, i);
  mirror(moments.seconds, k, d);
  return moments;
}

function emptyMoments(k: number, d: number, centres: Float64Array): MixtureMoments {
  return {
    centres,
    counts: new Float64Array(k),
    sums: new Float64Array(k * d),
    seconds: new Float64Array(k * d * d),
  };
}

/** Fills `logs` with ln r_ik of row i and returns ln sum_k w_ik. */
function logResponsibilities(x: Matrix, i: number, density: MixtureDensity, logs: Float64Array): number {
  const d = x.shape[1];
  const { means, factors, coefficients } = density;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logs.length; c++) {
    let distance = 0;
    for (let a = 0; a < d; a++) {
      let y = 0;
      const row = (c * d + a) * d;
      for (let b = 0; b <= a; b++) y += factors[row + b] * (x.data[i * d + b] - means[c * d + b]);
      distance += y * y;
    }
    logs[c] = coefficients[c] - 0.5 * distance;
    if (logs[c] > highest) highest = logs[c];
  }
  let sum = 0;
  for (let c = 0; c < logs.length; c++) sum += Math.exp(logs[c] - highest);
  const logSum = highest + Math.log(sum);
  for (let c = 0; c < logs.length; c++) logs[c] = Math.min(0, logs[c] - logSum);
  return logSum;
}

/** Adds row i with weight r to component c; `seconds` in its lower triangle only. */
function addRow(moments: MixtureMoments, c: number, r: number, x: Matrix, i: number): void {
  const d = x.shape[1];
  const { centres, counts, sums, seconds } = moments;
  counts[c] += r;
  for (let a = 0; a < d; a++) {
    const weighted = r * (x.data[i * d + a] - centres[c * d + a]);
    sums[c * d + a] += weighted;
    const row = (c * d + a) * d;
    for (let b = 0; b <= a; b++) seconds[row + b] += weighted * (x.data[i * d + b] - centres[c * d + b]);
  }
}

function mirror(seconds: Float64Array, k: number, d: number): void {
  for (let c = 0; c < k; c++)
    for (let a = 0; a < d; a++)
      for (let b = 0; b < a; b++) seconds[(c * d + b) * d + a] = seconds[(c * d + a) * d + b];
}
