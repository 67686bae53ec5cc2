import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { BayesianGaussianMixture, stoppingRule } from "./bayesian-gaussian-mixture.js";
import { type Moments, mergeMoments, momentsOf } from "./covariance.js";
import { lowerBound, maximise } from "./mixture-parameters.js";
import { addMoments, expectationMoments, type MixtureMoments } from "./mixture-pass.js";
import { mixturePrior } from "./mixture-prior.js";
import { savePosterior } from "./saved-posterior.js";

/** Rows that come in blocks, again and again in the same order: a file that is larger than the memory. */
export type RowBlocks = () => Iterable<Matrix> | AsyncIterable<Matrix>;

/**
 * Goes on from `start` with the EM iterations of `BayesianGaussianMixture` over rows that do not fit in memory: each
 * iteration passes once over the blocks and adds up their moments, which is all that the M step needs to know. The
 * prior's mean and covariance are those of all rows; its other values are those of `start`.
 *
 * The same as `fit` with `warmStart` on all rows at once, but for the order in which sums are rounded. `start` is a
 * mixture fitted on as many of the rows as are at hand: k-means starts need them together. The result is a new model.
 */
export async function mixtureOverBlocks(
  blocks: RowBlocks,
  start: BayesianGaussianMixture,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<BayesianGaussianMixture> {
  const { maxIter, tol, regCovar } = stoppingRule(start.options);
  let all: Moments = { n: 0, mean: new Float64Array(0), scatter: new Float64Array(0) };
  for await (const block of blocks()) all = mergeMoments(all, momentsOf(block));
  const d = start.means.shape[1];
  if (all.n < 2 || all.mean.length !== d)
    throw new Error(
      `mixtureOverBlocks: the blocks hold ${all.n} rows of ${all.mean.length} columns; ${d} are needed.`,
    );
  const prior = mixturePrior(start.options, all);
  let parameters = start.parameters;
  let bound = Number.NEGATIVE_INFINITY;
  let iteration = 0;
  let converged = false;
  while (iteration < maxIter && !converged) {
    let moments: MixtureMoments | null = null;
    let entropy = 0;
    for await (const block of blocks()) {
      signal?.throwIfAborted();
      const part = expectationMoments(block, parameters);
      entropy += part.entropy;
      if (moments) addMoments(moments, part.moments);
      else moments = part.moments;
    }
    parameters = maximise(moments!, prior, regCovar);
    const before = bound;
    bound = lowerBound(parameters, entropy);
    iteration++;
    converged = Math.abs(bound - before) < tol;
    onProgress?.({
      done: converged ? maxIter : iteration,
      total: maxIter,
      note: `bound ${bound.toFixed(3)}`,
    });
  }
  return BayesianGaussianMixture.fromJSON({
    ...start.toJSON(),
    ...savePosterior(parameters),
    lowerBound: bound,
    nIter: iteration,
    converged,
  });
}
