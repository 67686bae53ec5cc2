import type { BayesianGaussianMixtureOptions } from "./bayesian-gaussian-mixture.js";

/**
 * What section 6.1 chose for its mixture. A `new BayesianGaussianMixture()` that is told nothing keeps scikit-learn's
 * defaults, as everything in this folder does.
 */
export const mixtureDefaults = {
  nComponents: 20,
  weightConcentrationPrior: 0.5,
  nInit: 10,
  maxIter: 1000,
} satisfies BayesianGaussianMixtureOptions;
