import { PCA as MlPca } from "ml-pca";
import { numeric } from "../engine/numeric/numeric.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { BLOCK_ROWS, columnMeans, type Moments, rowBlock, scatterMatrix } from "./covariance.js";

export interface PcaOptions {
  /** Keep the fewest components whose summed variance exceeds this share, in (0, 1). */
  variance?: number;
  /** Or keep exactly this many; neither option keeps min(n, D). */
  nComponents?: number;
}

/** What section 4.2 chose: the share of the variance that is kept. A `new Pca()` of its own accord keeps all of it. */
export const pcaDefaults: Readonly<{ variance: number }> = { variance: 0.95 };

export interface FitOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What `toJSON` stores: everything `transform` needs. */
export interface PcaState {
  kind: "pca";
  options: PcaOptions;
  mean: number[];
  components: number[][];
  explainedVariance: number[];
  explainedVarianceRatio: number[];
}

/**
 * Principal component analysis (paper section 4.2): X - mean = scores components, components orthonormal rows.
 *
 * Mirrors sklearn.decomposition.PCA (1.2, svd_solver "full"): explained variance with n - 1, the smallest number
 * of components whose cumulated ratio is above `variance`, and signs from the scores: in each column of
 * `transform(X)` of the fitted X the entry largest in size is positive.
 *
 * Departs from it in the algorithm: instead of the SVD of X, the eigenvectors of the D x D covariance (by ml-pca,
 * or the native solver), accumulated over blocks of rows, so that memory is O(block + D^2). Variances below
 * ~1e-16 of the largest are therefore rounding noise here. Always f64, also for f32 input. A matrix without any
 * variance is an error (scikit-learn returns NaN ratios).
 */
export class Pca {
  /** Column means, [D]. */
  mean: Float64Array = new Float64Array(0);
  /** [nComponents, D], rows in order of falling variance. */
  components: Matrix = { data: new Float64Array(0), shape: [0, 1] };
  explainedVariance = new Float64Array(0);
  explainedVarianceRatio = new Float64Array(0);

  constructor(readonly options: PcaOptions = {}) {
    const { variance, nComponents } = options;
    if (variance !== undefined && nComponents !== undefined)
      throw new Error("Pca: give either variance or nComponents, not both.");
    if (variance !== undefined && !(variance > 0 && variance < 1))
      throw new Error(`Pca: variance is ${variance} but must be between 0 and 1, both excluded.`);
    if (nComponents !== undefined && !(Number.isInteger(nComponents) && nComponents >= 1))
      throw new Error(`Pca: nComponents is ${nComponents} but must be a whole number >= 1.`);
  }

  get nComponents(): number {
    return this.components.shape[0];
  }

  /** `x`: [n, D], n >= 2. Progress counts rows over two passes (covariance, signs). */
  fit(x: Matrix, { onProgress, signal }: FitOptions = {}): this {
    checkMatrix(x, "Pca.fit: X", 2);
    const [n, d] = x.shape;
    const most = Math.min(n, d);
    const { nComponents = most } = this.options;
    if (nComponents > most)
      throw new Error(`Pca.fit: nComponents=${nComponents} must be at most min(n, D)=${most}.`);
    const report = (done: number, note: string) => {
      signal?.throwIfAborted();
      onProgress?.({ done, total: 2 * n, note });
    };

    const mean = columnMeans(x);
    const scatter = scatterMatrix(x, mean, (rows) => report(rows, "covariance"));
    this.decompose({ n, mean, scatter });
    this.flipSigns(x, (rows) => report(n + rows, "signs"));
    return this;
  }

  /**
   * The same from moments that were summed elsewhere, shard by shard (`mergeMoments`). There are no rows to take the
   * signs from: of each component the entry largest in size is made positive, which is scikit-learn's
   * `svd_flip(u_based_decision=False)`. Everything else equals `fit` on all the rows to rounding.
   */
  static fromMoments(moments: Moments, options: PcaOptions = {}): Pca {
    const { n, mean, scatter } = moments;
    const d = mean.length;
    if (!(Number.isInteger(n) && n >= 2) || scatter.length !== d * d)
      throw new Error(
        `Pca.fromMoments: ${n} rows with [${d}] means and ${scatter.length} products; give n >= 2 and D x D.`,
      );
    if (options.nComponents !== undefined && options.nComponents > Math.min(n, d))
      throw new Error(
        `Pca.fromMoments: nComponents=${options.nComponents} must be at most min(n, D)=${Math.min(n, d)}.`,
      );
    const pca = new Pca(options);
    pca.decompose(moments);
    const components = pca.components.data;
    for (let c = 0; c < pca.nComponents; c++) {
      let largest = 0;
      for (let j = c * d; j < (c + 1) * d; j++)
        if (Math.abs(components[j]) > Math.abs(largest)) largest = components[j];
      if (largest < 0) for (let j = c * d; j < (c + 1) * d; j++) components[j] *= -1;
    }
    return pca;
  }

  /** Components and variances from the moments; signs as they come. */
  private decompose({ n, mean, scatter }: Moments): void {
    const d = mean.length;
    const most = Math.min(n, d);
    const { variance, nComponents = most } = this.options;
    const { values, vectors } = descendingEigen(
      scatter.map((s) => s / (n - 1)),
      d,
      most,
    );
    const variances = values.slice(0, most).map((v) => Math.max(0, v));
    const total = variances.reduce((sum, v) => sum + v, 0);
    // Equal rows leave the rounding of their mean: 1e-15 of it, squared.
    if (total <= 1e-30 * mean.reduce((sum, m) => sum + m * m, 0))
      throw new Error("Pca.fit: X has no variance (every row is the same).");
    const ratios = variances.map((v) => v / total);
    const keep = variance === undefined ? nComponents : componentsFor(variance, ratios);
    this.mean = mean;
    this.components = { data: vectors.slice(0, keep * d), shape: [keep, d] };
    this.explainedVariance = variances.slice(0, keep);
    this.explainedVarianceRatio = ratios.slice(0, keep);
  }

  /** Scores (x - mean) components^T, [n, nComponents] in f64. */
  transform(x: Matrix): Matrix {
    this.checkFitted();
    checkMatrix(x, "Pca.transform: X", 0);
    const d = this.mean.length;
    if (x.shape[1] !== d)
      throw new Error(`Pca.transform: X has ${x.shape[1]} features, but the fitted data had ${d}.`);
    return project(x, this.mean, this.components);
  }

  /** Back to the data space: scores components + mean, [n, D]. */
  inverseTransform(scores: Matrix): Matrix {
    this.checkFitted();
    checkMatrix(scores, "Pca.inverseTransform: scores", 0);
    const [n, k] = scores.shape;
    const d = this.mean.length;
    if (k !== this.nComponents)
      throw new Error(`Pca.inverseTransform: ${k} columns where the model has ${this.nComponents}.`);
    const data = new Float64Array(n * d);
    for (let i = 0; i < n; i++) {
      data.set(this.mean, i * d);
      for (let c = 0; c < k; c++)
        for (let j = 0; j < d; j++)
          data[i * d + j] += scores.data[i * k + c] * this.components.data[c * d + j];
    }
    return { data, shape: [n, d] };
  }

  toJSON(): PcaState {
    this.checkFitted();
    const d = this.mean.length;
    const row = (c: number) => Array.from(this.components.data.subarray(c * d, (c + 1) * d));
    return {
      kind: "pca",
      options: this.options,
      mean: Array.from(this.mean),
      components: Array.from({ length: this.nComponents }, (_, c) => row(c)),
      explainedVariance: Array.from(this.explainedVariance),
      explainedVarianceRatio: Array.from(this.explainedVarianceRatio),
    };
  }

  static fromJSON(state: PcaState): Pca {
    if (state.kind !== "pca") throw new Error(`Pca.fromJSON: this is a saved "${state.kind}", not a "pca".`);
    const pca = new Pca(state.options);
    pca.mean = Float64Array.from(state.mean);
    pca.components = {
      data: Float64Array.from(state.components.flat()),
      shape: [state.components.length, state.mean.length],
    };
    pca.explainedVariance = Float64Array.from(state.explainedVariance);
    pca.explainedVarianceRatio = Float64Array.from(state.explainedVarianceRatio);
    return pca;
  }

  /** svd_flip with u_based_decision: |u| and |scores| have their largest entry in the same row. */
  private flipSigns(x: Matrix, onBlock: (rows: number) => void): void {
    const [n, d] = x.shape;
    const k = this.nComponents;
    const largest = new Float64Array(k);
    const rows = Math.max(256, Math.floor((BLOCK_ROWS * 8) / k));
    for (let from = 0; from < n; from += rows) {
      const to = Math.min(n, from + rows);
      const scores = project(rowBlock(x, from, to), this.mean, this.components).data;
      for (let i = 0; i < to - from; i++)
        for (let c = 0; c < k; c++)
          if (Math.abs(scores[i * k + c]) > Math.abs(largest[c])) largest[c] = scores[i * k + c];
      onBlock(to);
    }
    for (let c = 0; c < k; c++)
      if (largest[c] < 0) for (let j = 0; j < d; j++) this.components.data[c * d + j] *= -1;
  }

  private checkFitted(): void {
    if (this.nComponents === 0) throw new Error("Pca: not fitted yet; call fit(X) first.");
  }
}

/** The smallest count whose cumulated ratio is strictly above `variance`. */
function componentsFor(variance: number, ratios: Float64Array): number {
  let sum = 0;
  const last = ratios.findIndex((r) => (sum += r) > variance);
  return last < 0 ? ratios.length : last + 1;
}

/** Eigenvalues of the symmetric `a` [d, d], falling, and the first `k` eigenvectors as rows. */
function descendingEigen(a: Float64Array, d: number, k: number) {
  const values = new Float64Array(d);
  const vectors = new Float64Array(k * d);
  const native = numeric();
  if (native) {
    native.symmetricEigen(a, d, k, values, vectors);
    return { values, vectors };
  }
  const rows = Array.from({ length: d }, (_, i) => Array.from(a.subarray(i * d, (i + 1) * d)));
  const model = new MlPca(rows, { isCovarianceMatrix: true });
  values.set(model.getEigenvalues());
  const columns = model.getEigenvectors();
  for (let c = 0; c < k; c++) for (let j = 0; j < d; j++) vectors[c * d + j] = columns.get(j, c);
  return { values, vectors };
}

function project(x: Matrix, mean: Float64Array, components: Matrix): Matrix {
  const [n, d] = x.shape;
  const k = components.shape[0];
  const data = new Float64Array(n * k);
  const native = numeric();
  if (native) native.project(x.data, n, d, mean, components.data as Float64Array, k, data);
  else
    for (let i = 0; i < n; i++)
      for (let c = 0; c < k; c++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += (x.data[i * d + j] - mean[j]) * components.data[c * d + j];
        data[i * k + c] = sum;
      }
  return { data, shape: [n, k] };
}
