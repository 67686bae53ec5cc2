import { loadAddon } from "../native/load-addon.js";

type Reals = Float32Array | Float64Array;

/**
 * The native half of the models and of preprocessing: hot loops in C++ and OpenMP (`src/`), built by set-up. Each
 * function has a readable TypeScript reference where it is called: those of f64 give the same values to 1e-10 relative,
 * those of bytes the same bytes. Matrices are row-major; outputs are written into `out`.
 */
export interface Numeric {
  /** Sets the number of threads (0 leaves it as it is) and returns it. */
  threads(n: number): number;
  /** out[m, n] = op(a) op(b); a is [m, k] or, transposed, [k, m]; b is [k, n] or [n, k]. */
  multiply(
    a: Reals,
    b: Reals,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
    transposeB: boolean,
    out: Float64Array,
  ): void;
  /** out[d, d] += sum over rows of (x - mean)(x - mean)^T. */
  scatter(x: Reals, n: number, d: number, mean: Float64Array, out: Float64Array): void;
  /** out[n, k] = (x - mean) components^T, components [k, d]. */
  project(
    x: Reals,
    n: number,
    d: number,
    mean: Float64Array,
    components: Float64Array,
    k: number,
    out: Float64Array,
  ): void;
  columnMeans(x: Reals, n: number, d: number, out: Float64Array): void;
  /** In place: the symmetric a[n, n] becomes L with a = L L^T. Throws where a is not positive definite. */
  cholesky(a: Float64Array, n: number): void;
  /**
   * Eigenvalues of the symmetric a[n, n] in descending order and, as rows, the eigenvectors of the first `k` of
   * them; `a` is overwritten.
   */
  symmetricEigen(a: Float64Array, n: number, k: number, values: Float64Array, vectors: Float64Array): void;
  /** The E step and, where `counts` is given, the moments of the M step; see lib/models/mixture-pass.ts. */
  mixtureExpectation(
    x: Reals,
    n: number,
    d: number,
    k: number,
    means: Float64Array,
    factors: Float64Array,
    coefficients: Float64Array,
    totals: Float64Array,
    counts: Float64Array | null,
    sums: Float64Array | null,
    seconds: Float64Array | null,
    responsibilities: Float64Array | null,
    labels: Int32Array | null,
  ): void;
  /** Moments about `centres` of given responsibilities [n, k], or of labels. */
  mixtureMoments(
    x: Reals,
    n: number,
    d: number,
    k: number,
    responsibilities: Float64Array | Int32Array,
    centres: Float64Array,
    counts: Float64Array,
    sums: Float64Array,
    seconds: Float64Array,
  ): void;
  /** One Lloyd step's assignment; totals = [inertia, labels changed]. See lib/models/k-means.ts. */
  kMeansAssign(
    x: Reals,
    n: number,
    d: number,
    k: number,
    centres: Float64Array,
    labels: Int32Array,
    sums: Float64Array,
    counts: Float64Array,
    totals: Float64Array,
  ): void;
  /** potentials[c] = sum over rows of min(closest, |x - candidate c|^2); `update` writes the minimum (m = 1). */
  seedDistances(
    x: Reals,
    n: number,
    d: number,
    candidates: Float64Array,
    m: number,
    closest: Float64Array,
    potentials: Float64Array,
    update: boolean,
  ): void;
  /** out[g] = sum_i exp(-((grid_g - x_i) / bandwidth)^2 / 2). */
  densitySums(
    x: Float64Array,
    n: number,
    grid: Float64Array,
    m: number,
    bandwidth: number,
    out: Float64Array,
  ): void;

  /** out[n] = |x_i - shift|^2, summed in the order of the products of the neighbour search. */
  shiftedNorms(x: Reals, n: number, d: number, shift: Float64Array, out: Float64Array): void;
  /**
   * Offers the pairs (rows from..to-1, rows from..n-1) of x to the max-heaps values[n, k], indices[n, k] of both
   * ends; at most 512 rows a call, blocks in ascending order.
   */
  neighboursAmong(
    x: Reals,
    n: number,
    d: number,
    shift: Float64Array,
    norms: Float64Array,
    from: number,
    to: number,
    k: number,
    values: Float64Array,
    indices: Int32Array,
  ): void;
  /** The same for the rows from..to-1 of q[m, d] against all of x[n, d]; the heaps belong to q. */
  neighboursOf(
    q: Reals,
    m: number,
    x: Reals,
    n: number,
    d: number,
    shift: Float64Array,
    qNorms: Float64Array,
    norms: Float64Array,
    from: number,
    to: number,
    k: number,
    values: Float64Array,
    indices: Int32Array,
  ): void;
  /** out[m, n] = |a_i - b_j|^2 by differences. */
  squaredDistances(a: Reals, m: number, b: Reals, n: number, d: number, out: Float64Array): void;
  /** out[m, k] = |a_i - x_j| for j = indices[i, s], by differences. */
  indexedDistances(
    a: Reals,
    m: number,
    x: Reals,
    n: number,
    d: number,
    k: number,
    indices: Int32Array,
    out: Float64Array,
  ): void;
  /** out[m] = |L^-1 b_r|^2 for the rows b_r of b[m, n]; L[n, n] lower triangular. */
  forwardSquares(l: Float64Array, n: number, b: Float64Array, m: number, out: Float64Array): void;
  /** out[n, n] = (L L^T)^-1. */
  inverseFromCholesky(l: Float64Array, n: number, out: Float64Array): void;
  /**
   * out = Matern covariance (nu 0.5, 1.5 or 2.5; 0: RBF) of `count` squared distances, slope = its derivative by
   * ln lengthScale.
   */
  radialCovariance(
    nu: number,
    lengthScale: number,
    squares: Float64Array,
    count: number,
    out: Float64Array,
    slope: Float64Array | null,
  ): void;
  /** out[v] = how many of data[0], data[stride], ... (n of them) are v. Absent, as the next one, from older addons. */
  byteCounts?(data: Uint8Array, stride: number, n: number, out: Uint32Array): void;
  /**
   * The first outer contour of the pixels data[k * stride] > above that contains the centre; see
   * lib/preprocess/find-source-box.ts. out = [contours met until then, x, y, width, height of its box, or zeros].
   */
  centralContour?(
    data: Uint8Array,
    stride: number,
    width: number,
    height: number,
    above: number,
    out: Int32Array,
  ): void;
  /** Both passes of a Lanczos resize of bytes; see lib/data/images/lanczos.ts. */
  lanczosPasses(
    data: Uint8Array,
    width: number,
    height: number,
    channels: number,
    stride: number,
    firstX: Int32Array,
    weightsX: Int32Array,
    tapsX: number,
    toWidth: number,
    firstY: Int32Array,
    weightsY: Int32Array,
    tapsY: number,
    toHeight: number,
    out: Uint8Array,
  ): void;
  /** One epoch of UMAP's gradient descent; `UmapLayout` explains the arguments. */
  layoutEpoch(
    positions: Float32Array,
    n: number,
    head: Int32Array,
    tail: Int32Array,
    period: Float64Array,
    nextSample: Float64Array,
    nextNegative: Float64Array,
    edges: number,
    attraction: Float64Array,
    repulsion: Float64Array,
    last: number,
    negatives: number,
    epoch: number,
    alpha: number,
    random: Uint32Array,
  ): void;
}

let addon: Numeric | null | undefined;

/**
 * The native functions, or null where the addon was not built. `LATENT_SKY_NUMERIC=off` gives null too: this is
 * the one switch between the native loops and their TypeScript references.
 */
export function numeric(): Numeric | null {
  if (process.env.LATENT_SKY_NUMERIC === "off") return null;
  if (addon === undefined) addon = loadAddon<Numeric>("lib/engine/numeric");
  return addon;
}
