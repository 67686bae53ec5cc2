import type { MixtureDensity, MixtureMoments } from "./mixture-pass.js";
import { digamma, logBeta, logGamma } from "./special-functions.js";

/** The prior over weights (stick breaking), means and precisions (Gauss-Wishart). */
export interface MixturePrior {
  /** g, the concentration of the Dirichlet process: large values favour many components. */
  weightConcentration: number;
  /** beta0. */
  meanPrecision: number;
  /** m0, [D]. */
  mean: Float64Array;
  /** nu0, above D - 1. */
  degreesOfFreedom: number;
  /** W0, [D, D]. */
  covariance: Float64Array;
}

/** The variational posterior of K components in D dimensions, with what follows from it. */
export interface MixtureParameters extends MixtureDensity {
  /** a_k and b_k of the stick-breaking Beta posteriors, [K] each. */
  concentrations: [Float64Array, Float64Array];
  /** E[pi_k], normalised to 1, [K]. */
  weights: Float64Array;
  /** beta_k, [K]. */
  meanPrecisions: Float64Array;
  /** nu_k, [K]. */
  degreesOfFreedom: Float64Array;
  /** Sigma_k, [K, D, D]. */
  covariances: Float64Array;
  /** ln det F_k, [K]. */
  logDeterminants: Float64Array;
}

/** What scikit-learn adds to every N_k, so that an empty component divides by something. */
const EMPTY = 10 * Number.EPSILON;

/**
 * The M step (paper section 6; Blei & Jordan 2006), as sklearn.mixture.BayesianGaussianMixture (1.2) has it:
 *
 * a_k = 1 + N_k, b_k = g + sum_{j>k} N_j, beta_k = beta0 + N_k, m_k = (beta0 m0 + N_k xbar_k) / beta_k,
 * nu_k = nu0 + N_k, Sigma_k = [W0 + N_k S_k + (N_k beta0 / beta_k)(xbar_k - m0)(xbar_k - m0)^T] / nu_k,
 * where S_k has `regCovar` on its diagonal. Throws where a Sigma_k is not positive definite.
 */
export function maximise(moments: MixtureMoments, prior: MixturePrior, regCovar: number): MixtureParameters {
  const k = moments.counts.length;
  const d = prior.mean.length;
  const n = moments.counts.map((count) => count + EMPTY);
  const means = new Float64Array(k * d);
  const covariances = new Float64Array(k * d * d);
  const meanPrecisions = n.map((count) => prior.meanPrecision + count);
  const degreesOfFreedom = n.map((count) => prior.degreesOfFreedom + count);
  const shift = new Float64Array(d);
  const average = new Float64Array(d);
  for (let c = 0; c < k; c++) {
    const count = moments.counts[c];
    const sum = moments.sums.subarray(c * d, (c + 1) * d);
    for (let j = 0; j < d; j++) {
      const centre = moments.centres[c * d + j];
      average[j] = (count * centre + sum[j]) / n[c];
      shift[j] = average[j] - centre;
      means[c * d + j] = (prior.meanPrecision * prior.mean[j] + n[c] * average[j]) / meanPrecisions[c];
    }
    const pull = (n[c] * prior.meanPrecision) / meanPrecisions[c];
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        const at = (c * d + i) * d + j;
        // The second moment about the centres, moved to the new average.
        const scatter =
          moments.seconds[at] - sum[i] * shift[j] - shift[i] * sum[j] + count * shift[i] * shift[j];
        const outer = (average[i] - prior.mean[i]) * (average[j] - prior.mean[j]);
        const ridge = i === j ? n[c] * regCovar : 0;
        covariances[at] =
          (prior.covariance[i * d + j] + scatter + ridge + pull * outer) / degreesOfFreedom[c];
      }
  }
  const a = n.map((count) => 1 + count);
  const b = new Float64Array(k);
  for (let c = k - 1, after = 0; c >= 0; after += n[c--]) b[c] = prior.weightConcentration + after;
  const posterior = {
    concentrations: [a, b] as [Float64Array, Float64Array],
    meanPrecisions,
    degreesOfFreedom,
  };
  return { ...posterior, means, covariances, ...derived(posterior, covariances, d) };
}

/** Weights, factors and coefficients from the posterior; also what a loaded model starts from. */
export function derived(
  posterior: Pick<MixtureParameters, "concentrations" | "meanPrecisions" | "degreesOfFreedom">,
  covariances: Float64Array,
  d: number,
) {
  const { concentrations, meanPrecisions, degreesOfFreedom } = posterior;
  const k = meanPrecisions.length;
  const factors = new Float64Array(k * d * d);
  const logDeterminants = new Float64Array(k);
  const coefficients = new Float64Array(k);
  const logWeights = expectedLogWeights(concentrations);
  for (let c = 0; c < k; c++) {
    logDeterminants[c] = inverseCholesky(covariances, factors, c, d);
    let logLambda = d * Math.LN2;
    for (let i = 0; i < d; i++) logLambda += digamma(0.5 * (degreesOfFreedom[c] - i));
    coefficients[c] =
      logWeights[c] +
      logDeterminants[c] -
      0.5 * d * (Math.log(2 * Math.PI) + Math.log(degreesOfFreedom[c])) +
      0.5 * (logLambda - d / meanPrecisions[c]);
  }
  return { weights: stickBreakingWeights(concentrations), factors, logDeterminants, coefficients };
}

/** E[ln pi_k] = psi(a_k) - psi(a_k + b_k) + sum_{j<k} (psi(b_j) - psi(a_j + b_j)). */
function expectedLogWeights([a, b]: [Float64Array, Float64Array]): Float64Array {
  let before = 0;
  return a.map((ak, c) => {
    const total = digamma(ak + b[c]);
    const value = digamma(ak) - total + before;
    before += digamma(b[c]) - total;
    return value;
  });
}

/** a_k / (a_k + b_k) prod_{j<k} b_j / (a_j + b_j), divided by their sum. */
function stickBreakingWeights([a, b]: [Float64Array, Float64Array]): Float64Array {
  let left = 1;
  const weights = a.map((ak, c) => {
    const weight = (ak / (ak + b[c])) * left;
    left *= b[c] / (ak + b[c]);
    return weight;
  });
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/**
 * The variational lower bound without its constant terms, not divided by n (as in scikit-learn):
 * - sum r ln r - sum_k ln Wishart norm - ln weight norm - D/2 sum_k ln beta_k.
 */
export function lowerBound(p: MixtureParameters, entropy: number): number {
  const k = p.coefficients.length;
  const d = p.means.length / k;
  let bound = -entropy;
  for (let c = 0; c < k; c++) {
    const nu = p.degreesOfFreedom[c];
    const logDeterminant = p.logDeterminants[c] - 0.5 * d * Math.log(nu);
    let logWishart = -(nu * logDeterminant + nu * d * 0.5 * Math.LN2);
    for (let i = 0; i < d; i++) logWishart -= logGamma(0.5 * (nu - i));
    bound -= logWishart;
    bound += logBeta(p.concentrations[0][c], p.concentrations[1][c]);
    bound -= 0.5 * d * Math.log(p.meanPrecisions[c]);
  }
  return bound;
}

/** factors[c] = L^-1 where covariances[c] = L L^T; returns ln det L^-1. */
function inverseCholesky(covariances: Float64Array, factors: Float64Array, c: number, d: number): number {
  const at = c * d * d;
  const l = new Float64Array(d * d);
  let logDeterminant = 0;
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = covariances[at + i * d + j];
      for (let q = 0; q < j; q++) sum -= l[i * d + q] * l[j * d + q];
      if (i > j) l[i * d + j] = sum / l[j * d + j];
      else if (sum > 0) l[i * d + i] = Math.sqrt(sum);
      else
        throw new Error(
          "Fitting the mixture model failed because some components have ill-defined empirical covariance (for " +
            "instance caused by singleton or collapsed samples, or a constant column). Try to decrease the " +
            "number of components, or increase regCovar.",
        );
    }
  for (let i = 0; i < d; i++) {
    logDeterminant -= Math.log(l[i * d + i]);
    // Row i of L^-1 from the rows above it: contiguous reads only.
    const row = factors.subarray(at + i * d, at + (i + 1) * d);
    row.fill(0);
    for (let q = 0; q < i; q++) {
      const f = l[i * d + q];
      for (let j = 0; j <= q; j++) row[j] -= f * factors[at + q * d + j];
    }
    for (let j = 0; j < i; j++) row[j] /= l[i * d + i];
    row[i] = 1 / l[i * d + i];
  }
  return logDeterminant;
}
