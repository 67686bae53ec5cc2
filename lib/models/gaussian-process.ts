import { checkMatrix, type Matrix } from "../matrix.js";
import { Random } from "../random.js";
import type { Kernel } from "./kernel.js";
import { Matern, WhiteKernel } from "./kernels.js";
import { lbfgsb } from "./lbfgsb.js";
import { choleskyInPlace, choleskyInverse, choleskySolve, forwardSquares } from "./positive-definite.js";
import { loadKernel, type SavedKernel, saveKernel } from "./saved-kernel.js";
import { squaredDistances } from "./squared-distances.js";

export interface GaussianProcessOptions {
  /** Where the search for hyperparameters starts; default Matern 3/2 + white noise, both at 1 (paper section 7). */
  kernel?: Kernel;
  /** Added to the diagonal of k(X, X), so that it stays positive definite (default 1e-10). */
  alpha?: number;
  /** False keeps the kernel as it was given. */
  optimize?: boolean;
  /** Further searches from random starts within the bounds (default 0). */
  nRestarts?: number;
  seed?: number;
}

/** Where the search for hyperparameters stands: what `fitSteps` yields. */
export interface GaussianProcessStep {
  /** 0 is the search from the given kernel, 1, 2, ... are the restarts. */
  restart: number;
  iteration: number;
  /** ln of the free hyperparameters. */
  theta: Float64Array;
  kernel: Kernel;
  logMarginalLikelihood: number;
  /** Its derivative by theta. */
  gradient: Float64Array;
}

/** What `toJSON` stores: the data it was fitted on and the kernels; the factors are computed again. */
export interface GaussianProcessState {
  kind: "gaussian-process";
  options: Omit<GaussianProcessOptions, "kernel">;
  start: SavedKernel;
  kernel: SavedKernel;
  x: number[][];
  y: number[];
}

/** Rows predicted at once: bounds the memory to this many covariances with every training row. */
const BLOCK = 2048;

/**
 * Gaussian-process regression (Rasmussen & Williams 2006, algorithm 2.1; paper section 7): with K = k(X, X) +
 * alpha I = L L^T, mean(x) = k(x, X) K^-1 y and var(x) = k(x, x) - |L^-1 k(X, x)|^2. Hyperparameters maximise
 * ln p(y | X, theta) = -1/2 y^T K^-1 y - sum ln L_ii - n/2 ln 2 pi.
 *
 * Mirrors sklearn.gaussian_process.GaussianProcessRegressor (1.2) with normalize_y=False: the same likelihood,
 * gradient and predictions; std contains the white noise; a negative variance from rounding counts as 0. Departs
 * from it in the default kernel (the paper's, where scikit-learn has a fixed RBF) and in the optimiser (`lbfgsb`).
 */
export class GaussianProcessRegressor {
  private readonly alpha: number;
  private readonly start: Kernel;
  private fitted: { kernel: Kernel; lml: number; l: Float64Array; weights: Float64Array } | null = null;
  private x: Matrix = { data: new Float64Array(0), shape: [0, 1] };
  private y = new Float64Array(0);
  private squares: Float64Array = new Float64Array(0);

  constructor(private readonly options: GaussianProcessOptions = {}) {
    const { alpha = 1e-10, nRestarts = 0 } = options;
    if (!(alpha >= 0)) throw new Error(`GaussianProcessRegressor: alpha is ${alpha} but must be 0 or more.`);
    if (!Number.isInteger(nRestarts) || nRestarts < 0)
      throw new Error(`GaussianProcessRegressor: nRestarts is ${nRestarts} but must be 0 or a whole number.`);
    this.alpha = alpha;
    this.start = options.kernel ?? new Matern(1.5).plus(new WhiteKernel());
  }

  /** `x`: [n, d]; `y`: n targets. Not copied: do not change them before predicting. */
  fit(x: Matrix, y: ArrayLike<number>): this {
    for (const _ of this.fitSteps(x, y));
    return this;
  }

  /** `fit` as a loop: one step an iteration of the search. The model is fitted when the loop has ended. */
  *fitSteps(x: Matrix, y: ArrayLike<number>): Generator<GaussianProcessStep> {
    checkMatrix(x, "GaussianProcessRegressor.fit: X");
    const n = x.shape[0];
    if (y.length !== n)
      throw new Error(`GaussianProcessRegressor.fit: X has ${n} rows but y has ${y.length} values.`);
    this.y = Float64Array.from(y);
    const bad = this.y.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new Error(`GaussianProcessRegressor.fit: y is ${y[bad]} at row ${bad}.`);
    this.x = x;
    this.squares = squaredDistances(x, x);
    this.fitted = null;

    let best = { theta: this.start.theta, lml: Number.NEGATIVE_INFINITY };
    if ((this.options.optimize ?? true) && best.theta.length > 0) {
      const { nRestarts = 0, seed = 0 } = this.options;
      const random = new Random(seed).fork("gaussian-process");
      for (let restart = 0; restart <= nRestarts; restart++) {
        const bounds = this.start.bounds;
        const from =
          restart === 0 ? this.start.theta : bounds.map(([low, high]) => random.uniform(low, high));
        for (const step of this.search(from, bounds, restart)) {
          if (step.logMarginalLikelihood > best.lml)
            best = { theta: step.theta, lml: step.logMarginalLikelihood };
          yield step;
        }
      }
    }
    this.adopt(this.start.withTheta(best.theta));
  }

  private adopt(kernel: Kernel): void {
    const { l, weights, lml } = this.factorise(this.regularised(kernel.gram(this.squares, this.y.length).k));
    this.fitted = { kernel, lml, l, weights };
  }

  /** Mean and standard deviation (white noise included) at every row of `x`, [m, d]. */
  predict(x: Matrix): { mean: Float64Array; std: Float64Array } {
    const { kernel, l, weights } = this.model();
    checkMatrix(x, "GaussianProcessRegressor.predict: X", 0);
    const [m, d] = x.shape;
    const n = weights.length;
    if (d !== this.x.shape[1])
      throw new Error(
        `GaussianProcessRegressor.predict: X has ${d} columns where it was fitted on ${this.x.shape[1]}.`,
      );
    const mean = new Float64Array(m);
    const std = new Float64Array(m);
    for (let from = 0; from < m; from += BLOCK) {
      const rows = Math.min(BLOCK, m - from);
      const block: Matrix = { data: x.data.subarray(from * d, (from + rows) * d), shape: [rows, d] };
      const k = kernel.cross(squaredDistances(block, this.x));
      const explained = forwardSquares(l, n, k, rows);
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += k[r * n + i] * weights[i];
        mean[from + r] = sum;
        std[from + r] = Math.sqrt(Math.max(0, kernel.variance - explained[r]));
      }
    }
    return { mean, std };
  }

  /** The fitted model as plain values: a double survives JSON exactly, and so do the predictions, to the bit. */
  toJSON(): GaussianProcessState {
    const { kernel } = this.model();
    const { kernel: _, ...options } = this.options;
    const d = this.x.shape[1];
    const row = (i: number) => Array.from(this.x.data.subarray(i * d, (i + 1) * d));
    return {
      kind: "gaussian-process",
      options,
      start: saveKernel(this.start),
      kernel: saveKernel(kernel),
      x: Array.from({ length: this.x.shape[0] }, (_, i) => row(i)),
      y: Array.from(this.y),
    };
  }

  static fromJSON(state: GaussianProcessState): GaussianProcessRegressor {
    if (state.kind !== "gaussian-process")
      throw new Error(
        `GaussianProcessRegressor.fromJSON: this is a saved "${state.kind}", not a "gaussian-process".`,
      );
    const gp = new GaussianProcessRegressor({ ...state.options, kernel: loadKernel(state.start) });
    gp.x = { data: Float64Array.from(state.x.flat()), shape: [state.x.length, state.x[0].length] };
    gp.y = Float64Array.from(state.y);
    gp.squares = squaredDistances(gp.x, gp.x);
    gp.adopt(loadKernel(state.kernel));
    return gp;
  }

  /** The kernel with the hyperparameters found. */
  get kernel(): Kernel {
    return this.model().kernel;
  }

  /** ln p(y | X) of the fitted model. */
  get logMarginalLikelihood(): number {
    return this.model().lml;
  }

  /**
   * ln p(y | X, theta) at theta (ln of the free hyperparameters; default the fitted ones) and its derivative
   * 1/2 tr((a a^T - K^-1) dK/dtheta), a = K^-1 y. The value is -infinity where K is not positive definite.
   */
  logMarginalLikelihoodAt(theta?: ArrayLike<number>): { value: number; gradient: Float64Array } {
    const n = this.y.length;
    if (n === 0) throw new Error("GaussianProcessRegressor: call fit first.");
    const kernel = this.start.withTheta(theta ?? this.model().kernel.theta);
    const { k, gradient } = kernel.gram(this.squares, n);
    let factors: ReturnType<GaussianProcessRegressor["factorise"]>;
    try {
      factors = this.factorise(this.regularised(k));
    } catch {
      return { value: Number.NEGATIVE_INFINITY, gradient: new Float64Array(gradient.length) };
    }
    const { l, weights, lml } = factors;
    // Both factors of the trace are symmetric: the lower triangle is summed, off the diagonal twice.
    const inverse = choleskyInverse(l, n);
    const slopes = gradient.map((slope) => {
      let trace = 0;
      for (let i = 0; i < n; i++) {
        const row = i * n;
        for (let j = 0; j < i; j++) trace += (weights[i] * weights[j] - inverse[row + j]) * slope[row + j];
        trace += ((weights[i] * weights[i] - inverse[row + i]) * slope[row + i]) / 2;
      }
      return trace;
    });
    return { value: lml, gradient: Float64Array.from(slopes) };
  }

  /** The first length scale of the kernel, in the units of X; NaN where it has none. */
  get lengthScale(): number {
    return this.hyperparameter("lengthScale") ?? Number.NaN;
  }

  /** The variance of the white noise, in squared units of y; 0 where the kernel has none. */
  get noiseLevel(): number {
    return this.hyperparameter("noiseLevel") ?? 0;
  }

  private *search(
    from: ArrayLike<number>,
    bounds: [number, number][],
    restart: number,
  ): Generator<GaussianProcessStep> {
    const objective = (theta: Float64Array) => {
      const { value, gradient } = this.logMarginalLikelihoodAt(theta);
      return { value: -value, gradient: gradient.map((g) => -g) };
    };
    // A start where K is singular has no slope to follow: a restart is skipped, the first search is the user's.
    if (restart > 0 && !Number.isFinite(objective(Float64Array.from(from)).value)) return;
    for (const { x: theta, value, gradient, iteration } of lbfgsb(objective, from, bounds))
      yield {
        restart,
        iteration,
        theta,
        kernel: this.start.withTheta(theta),
        logMarginalLikelihood: -value,
        gradient: gradient.map((g) => -g),
      };
  }

  private regularised(k: Float64Array): Float64Array {
    const n = this.y.length;
    for (let i = 0; i < n; i++) k[i * n + i] += this.alpha;
    return k;
  }

  /** L, K^-1 y and the log marginal likelihood; `k` is overwritten by L. */
  private factorise(k: Float64Array): { l: Float64Array; weights: Float64Array; lml: number } {
    const n = this.y.length;
    try {
      choleskyInPlace(k, n);
    } catch (error) {
      throw new Error(
        `GaussianProcessRegressor: the covariance of the ${n} rows is not positive definite; raise alpha (now ${this.alpha}) or add white noise to the kernel.`,
        { cause: error },
      );
    }
    const weights = choleskySolve(k, n, this.y);
    let lml = (-n / 2) * Math.log(2 * Math.PI);
    for (let i = 0; i < n; i++) lml -= 0.5 * this.y[i] * weights[i] + Math.log(k[i * n + i]);
    return { l: k, weights, lml };
  }

  private model() {
    if (!this.fitted) throw new Error("GaussianProcessRegressor: call fit first.");
    return this.fitted;
  }

  private hyperparameter(name: string): number | undefined {
    return this.kernel.hyperparameters.find((h) => h.name === name)?.value;
  }
}
