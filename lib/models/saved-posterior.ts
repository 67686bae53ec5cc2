import { derived, type MixtureParameters } from "./mixture-parameters.js";

/** A mixture's posterior as JSON: what cannot be derived from the rest. */
export interface SavedPosterior {
  nFeatures: number;
  concentrations: [number[], number[]];
  meanPrecisions: number[];
  degreesOfFreedom: number[];
  /** [K, D] and [K, D, D], row-major. */
  means: number[];
  covariances: number[];
}

/** Whether a value that was read holds all the numbers of a posterior. */
export function isPosterior(saved: SavedPosterior): boolean {
  const { nFeatures: d, concentrations, meanPrecisions, degreesOfFreedom, means, covariances } = saved;
  const k = meanPrecisions?.length;
  const lists: [list: unknown, length: number][] = [
    [meanPrecisions, k],
    [concentrations?.[0], k],
    [concentrations?.[1], k],
    [degreesOfFreedom, k],
    [means, k * d],
    [covariances, k * d * d],
  ];
  return lists.every(([list, n]) => Array.isArray(list) && list.length === n && list.every(Number.isFinite));
}

export function savePosterior(p: MixtureParameters): SavedPosterior {
  return {
    nFeatures: p.means.length / p.weights.length,
    concentrations: [Array.from(p.concentrations[0]), Array.from(p.concentrations[1])],
    meanPrecisions: Array.from(p.meanPrecisions),
    degreesOfFreedom: Array.from(p.degreesOfFreedom),
    means: Array.from(p.means),
    covariances: Array.from(p.covariances),
  };
}

export function loadPosterior(saved: SavedPosterior): MixtureParameters {
  const covariances = Float64Array.from(saved.covariances);
  const [a, b] = saved.concentrations;
  const posterior = {
    concentrations: [Float64Array.from(a), Float64Array.from(b)] as [Float64Array, Float64Array],
    meanPrecisions: Float64Array.from(saved.meanPrecisions),
    degreesOfFreedom: Float64Array.from(saved.degreesOfFreedom),
  };
  const means = Float64Array.from(saved.means);
  return { ...posterior, means, covariances, ...derived(posterior, covariances, saved.nFeatures) };
}
