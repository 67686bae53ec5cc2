import type { Moments } from "./covariance.js";
import type { MixturePrior } from "./mixture-parameters.js";

export interface MixturePriorOptions {
  nComponents: number;
  /** Large values favour many components. Default 1 / nComponents. */
  weightConcentrationPrior?: number;
  /** Default 1. */
  meanPrecisionPrior?: number;
  /** Above D - 1. Default D. */
  degreesOfFreedomPrior?: number;
}

/** The prior of rows with these moments; what the options leave out has scikit-learn's values. */
export function mixturePrior(options: MixturePriorOptions, { n, mean, scatter }: Moments): MixturePrior {
  const d = mean.length;
  const degreesOfFreedom = options.degreesOfFreedomPrior ?? d;
  if (!(degreesOfFreedom > d - 1))
    throw new Error(
      `BayesianGaussianMixture.fit: degreesOfFreedomPrior should be greater than ${d - 1}, but got ${degreesOfFreedom}.`,
    );
  return {
    weightConcentration: options.weightConcentrationPrior ?? 1 / options.nComponents,
    meanPrecision: options.meanPrecisionPrior ?? 1,
    mean,
    degreesOfFreedom,
    covariance: scatter.map((s) => s / (n - 1)),
  };
}
