import { checkMatrix, type Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import { columnMeans, scatterMatrix } from "./covariance.js";
import { KMeans } from "./k-means.js";
import { lowerBound, type MixtureParameters, type MixturePrior, maximise } from "./mixture-parameters.js";
import { expectationMoments, mostResponsible, responsibilities, startingMoments } from "./mixture-pass.js";
import { type MixturePriorOptions, mixturePrior } from "./mixture-prior.js";
import { loadPosterior, type SavedPosterior, savePosterior } from "./saved-posterior.js";

export interface BayesianGaussianMixtureOptions extends MixturePriorOptions {
  /** Starts from different k-means; the highest bound wins. Default 1. */
  nInit?: number;
  /** Default 100. */
  maxIter?: number;
  /** Converged when the bound changes by less. Default 1e-3. */
  tol?: number;
  /** Added to the diagonal of each S_k. Default 1e-6. */
  regCovar?: number;
  seed?: number;
  /** Start from these, [n, nComponents], instead of k-means (one start). */
  initialResponsibilities?: Matrix;
  /** A second `fit` goes on from the fitted values (one start). */
  warmStart?: boolean;
}

/** The state after one iteration; every array is its own, so states can be kept. */
export interface MixtureStep {
  start: number;
  /** From 1. */
  iteration: number;
  lowerBound: number;
  /** Against the iteration before; Infinity at the first. */
  change: number;
  converged: boolean;
  weights: Float64Array;
  means: Matrix;
  covariances: Matrix[];
  parameters: MixtureParameters;
}

/** What `toJSON` stores. */
export interface MixtureState extends SavedPosterior {
  kind: "bayesian-gaussian-mixture";
  options: Omit<BayesianGaussianMixtureOptions, "initialResponsibilities">;
  lowerBound: number;
  nIter: number;
  converged: boolean;
}

/** What a fit ends with. */
type Outcome = Pick<MixtureStep, "lowerBound" | "iteration" | "converged" | "parameters">;

/**
 * Variational Gaussian mixture with a Dirichlet-process prior and full covariances (paper section 6; Blei & Jordan
 * 2006, Attias 2000): components that the data do not need are left with almost no weight.
 *
 * Mirrors sklearn.mixture.BayesianGaussianMixture (1.2; weight_concentration_prior_type "dirichlet_process",
 * covariance_type "full"): the updates in mixture-parameters.ts, the bound after each M step, convergence when it
 * changes by less than `tol`, the best bound over starts. It departs in the random numbers of its k-means starts;
 * in `converged`, which here speaks of the start that won; in responsibilities below 1e-20, which count as zero;
 * in that no convergence warning is printed (read `converged`); and in that E and M step are one pass that keeps
 * nothing of size n, so memory beyond the data is O(block + K D^2).
 */
export class BayesianGaussianMixture {
  lowerBound = Number.NEGATIVE_INFINITY;
  nIter = 0;
  converged = false;
  private fitted: MixtureParameters | null = null;

  constructor(readonly options: BayesianGaussianMixtureOptions) {
    const whole = { nComponents: 1, nInit: 1, maxIter: 1 };
    for (const [name, low] of Object.entries(whole)) {
      const value = options[name as keyof typeof whole] ?? low;
      if (!(Number.isInteger(value) && value >= low))
        throw new Error(`BayesianGaussianMixture: ${name} is ${value} but must be a whole number >= ${low}.`);
    }
    for (const name of ["tol", "regCovar"] as const)
      if (!((options[name] ?? 0) >= 0))
        throw new Error(`BayesianGaussianMixture: ${name} is ${options[name]} but must be >= 0.`);
    for (const name of ["weightConcentrationPrior", "meanPrecisionPrior"] as const)
      if (!((options[name] ?? 1) > 0))
        throw new Error(`BayesianGaussianMixture: ${name} is ${options[name]} but must be above 0.`);
  }

  /** All parameters of the variational posterior. */
  get parameters(): MixtureParameters {
    if (!this.fitted) throw new Error("BayesianGaussianMixture: not fitted yet; call fit(X) first.");
    return this.fitted;
  }

  /** [nComponents], summing to 1. */
  get weights(): Float64Array {
    return this.parameters.weights;
  }

  /** [nComponents, D]. */
  get means(): Matrix {
    return view(this.parameters).means;
  }

  /** One [D, D] matrix for each component. */
  get covariances(): Matrix[] {
    return view(this.parameters).covariances;
  }

  /** Runs `steps` to its end. An aborted fit keeps its best parameters so far: `warmStart` goes on from them. */
  fit(x: Matrix, { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {}): this {
    const report = this.reporter(onProgress);
    for (const step of this.steps(x)) {
      report(step);
      signal?.throwIfAborted();
    }
    return this;
  }

  /** As `fit`, but lets the event loop run between iterations: a notebook's progress bar moves, a button works. */
  async fitAsync(
    x: Matrix,
    { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
  ): Promise<this> {
    const report = this.reporter(onProgress);
    for (const step of this.steps(x)) {
      report(step);
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    return this;
  }

  /**
   * The fit, one EM iteration at a time. The estimator holds the best parameters seen when the iteration ends,
   * be it by convergence or because the caller stops asking.
   */
  *steps(x: Matrix): Generator<MixtureStep, void, undefined> {
    const { maxIter, tol, regCovar } = stoppingRule(this.options);
    const prior = this.prior(x);
    const warm = this.options.warmStart && this.fitted ? this.fitted : null;
    const starts = this.starts;
    const random = new Random(this.options.seed ?? 0);
    const outcomes: { best?: Outcome; current?: Outcome } = {};
    const keepBest = () => {
      const { best, current } = outcomes;
      if (current && (!best || current.lowerBound > best.lowerBound)) this.adopt((outcomes.best = current));
      outcomes.current = undefined;
    };
    let bound = warm ? this.lowerBound : Number.NEGATIVE_INFINITY;
    try {
      for (let start = 0; start < starts; start++) {
        let parameters =
          warm ?? maximise(this.startingMoments(x, random.fork(`start ${start}`)), prior, regCovar);
        if (!warm) bound = Number.NEGATIVE_INFINITY;
        for (let iteration = 1; iteration <= maxIter; iteration++) {
          const { moments, entropy } = expectationMoments(x, parameters);
          parameters = maximise(moments, prior, regCovar);
          const before = bound;
          bound = lowerBound(parameters, entropy);
          const change = bound - before;
          const converged = Math.abs(change) < tol;
          const outcome = { lowerBound: bound, iteration, converged, parameters };
          outcomes.current = outcome;
          yield { start, change, ...outcome, weights: parameters.weights, ...view(parameters) };
          if (converged) break;
        }
        keepBest();
      }
    } finally {
      keepBest();
    }
  }

  /** The component of the largest responsibility of each row. */
  predict(x: Matrix): Int32Array {
    return mostResponsible(this.checked(x, "predict"), this.parameters);
  }

  /** Responsibilities, [n, nComponents]; rows sum to 1. */
  predictProba(x: Matrix): Matrix {
    return this.assign(x).proba;
  }

  /** What `predictProba` and `predict` say, in one pass over the rows. */
  assign(x: Matrix): { proba: Matrix; labels: Int32Array } {
    return responsibilities(this.checked(x, "predictProba"), this.parameters);
  }

  /** Fitted values that `fromJSON` turns back into this model; a double survives JSON exactly. */
  toJSON(): MixtureState {
    const { initialResponsibilities: _, ...options } = this.options;
    const { lowerBound, nIter, converged } = this;
    return {
      kind: "bayesian-gaussian-mixture",
      options,
      ...savePosterior(this.parameters),
      lowerBound,
      nIter,
      converged,
    };
  }

  /** `options` replaces stored ones, such as `{ warmStart: true }` to go on. */
  static fromJSON(
    state: MixtureState,
    options: Partial<BayesianGaussianMixtureOptions> = {},
  ): BayesianGaussianMixture {
    if (state.kind !== "bayesian-gaussian-mixture")
      throw new Error(`BayesianGaussianMixture.fromJSON: this is a saved "${state.kind}".`);
    const model = new BayesianGaussianMixture({ ...state.options, ...options });
    const { lowerBound, nIter, converged } = state;
    model.adopt({ lowerBound, iteration: nIter, converged, parameters: loadPosterior(state) });
    return model;
  }

  private adopt(outcome: Outcome): void {
    this.fitted = outcome.parameters;
    this.lowerBound = outcome.lowerBound;
    this.nIter = outcome.iteration;
    this.converged = outcome.converged;
  }

  private prior(x: Matrix): MixturePrior {
    const k = this.options.nComponents;
    checkMatrix(x, "BayesianGaussianMixture.fit: X", 2);
    const [n] = x.shape;
    if (n < k)
      throw new Error(
        `BayesianGaussianMixture.fit: expected n_samples >= n_components but got nComponents = ${k}, n_samples = ${n}.`,
      );
    const mean = columnMeans(x);
    return mixturePrior(this.options, { n, mean, scatter: scatterMatrix(x, mean) });
  }

  private startingMoments(x: Matrix, random: Random) {
    const { nComponents: k, initialResponsibilities: given } = this.options;
    const n = x.shape[0];
    if (!given) {
      const kMeans = new KMeans({ nClusters: k, seed: random.uint32() }).fit(x);
      return startingMoments(x, kMeans.labels, k);
    }
    checkMatrix(given, "BayesianGaussianMixture: initialResponsibilities");
    if (given.shape[0] !== n || given.shape[1] !== k)
      throw new Error(
        `BayesianGaussianMixture: initialResponsibilities are [${given.shape}], expected [${n},${k}].`,
      );
    // Not copied where it need not be: it may be the largest array after X itself.
    const proba = given.data instanceof Float64Array ? given.data : Float64Array.from(given.data);
    return startingMoments(x, proba, k);
  }

  private checked(x: Matrix, method: string): Matrix {
    const { means } = view(this.parameters);
    checkMatrix(x, `BayesianGaussianMixture.${method}: X`, 0);
    if (x.shape[1] !== means.shape[1])
      throw new Error(
        `BayesianGaussianMixture.${method}: X has ${x.shape[1]} features, but the fitted data had ${means.shape[1]}.`,
      );
    return x;
  }

  private get starts(): number {
    const { nInit = 1, initialResponsibilities, warmStart } = this.options;
    return initialResponsibilities || (warmStart && this.fitted) ? 1 : nInit;
  }

  /** Iterations out of all that there may be; a converged start counts as run to its end. */
  private reporter(onProgress?: OnProgress): (step: MixtureStep) => void {
    const { maxIter } = stoppingRule(this.options);
    const total = this.starts * maxIter;
    return ({ start, iteration, converged, lowerBound }) => {
      const note = `start ${start + 1}, iteration ${iteration}, bound ${lowerBound.toFixed(3)}`;
      onProgress?.({ done: start * maxIter + (converged ? maxIter : iteration), total, note });
    };
  }
}

/** The options that `steps` goes by, with scikit-learn's values for what is left out. */
export function stoppingRule({ maxIter = 100, tol = 1e-3, regCovar = 1e-6 }: BayesianGaussianMixtureOptions) {
  return { maxIter, tol, regCovar };
}

/** The flat arrays of `parameters` as matrices that share their memory. */
function view(parameters: MixtureParameters): { means: Matrix; covariances: Matrix[] } {
  const k = parameters.weights.length;
  const d = parameters.means.length / k;
  return {
    means: { data: parameters.means, shape: [k, d] },
    covariances: Array.from({ length: k }, (_, c) => ({
      data: parameters.covariances.subarray(c * d * d, (c + 1) * d * d),
      shape: [d, d],
    })),
  };
}
