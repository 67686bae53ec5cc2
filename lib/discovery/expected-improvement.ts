import { searchDefaults } from "./search-defaults.js";

/**
 * EI(x) = (mu - y_max - eta) Phi(z) + sigma phi(z), z = (mu - y_max - eta) / sigma (section 7.1; Walmsley et al. 2022).
 *
 * How much a label at x is expected to exceed the best score seen so far. `eta` trades exploration (large) for
 * exploitation. Zero where sigma is zero: nothing is to be learned there. Units: those of the score.
 */
export function expectedImprovement(
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  yMax: number,
  eta = searchDefaults.eta,
): Float64Array {
  if (mean.length !== std.length)
    throw new Error(`expectedImprovement: ${mean.length} means but ${std.length} standard deviations.`);
  return Float64Array.from({ length: mean.length }, (_, i) => {
    if (!(std[i] > 0)) return 0;
    const gain = mean[i] - yMax - eta;
    const z = gain / std[i];
    return gain * normalCdf(z) + std[i] * normalPdf(z);
  });
}

/**
 * log EI = log sigma + log(phi(z) + z Phi(z)), which tells apart what EI cannot: from about z = -38 down EI is less than
 * a double holds, and so for every object of a search whose first labels are all alike (sigma is small then and eta
 * many times as large). Below z = -30 the difference is taken by its asymptote phi(z) / z^2 (1 - 3 / z^2), right to
 * 2e-5 of EI there and ever closer further out. -Infinity where sigma is zero.
 */
export function logExpectedImprovement(
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  yMax: number,
  eta = searchDefaults.eta,
): Float64Array {
  return Float64Array.from({ length: mean.length }, (_, i) => {
    if (!(std[i] > 0)) return Number.NEGATIVE_INFINITY;
    const z = (mean[i] - yMax - eta) / std[i];
    if (z >= -30) return Math.log(std[i]) + Math.log(normalPdf(z) + z * normalCdf(z));
    const logPdf = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
    return Math.log(std[i]) + logPdf - 2 * Math.log(-z) + Math.log1p(-3 / (z * z));
  });
}

/** phi(z) = exp(-z^2 / 2) / sqrt(2 pi). */
function normalPdf(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/** Phi(z) = erfc(-z / sqrt 2) / 2, to about 1e-14 of its value in both tails. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** Complementary error function: Abramowitz & Stegun 7.1.6 near zero, the continued fraction 7.1.14 outside. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0; // below the smallest double
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  // Evaluated from the inside out; 60 levels are exact to rounding at x = 2, fewer would do further out.
  let tail = 0;
  for (let k = 60; k >= 1; k--) tail = k / 2 / (x + tail);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail));
}
