import { checkMatrix, type Matrix } from "../matrix.js";
import { Random } from "../random.js";
import { columnMeans } from "./covariance.js";
import { assignRows, plusPlus } from "./k-means-pass.js";

export interface KMeansOptions {
  nClusters: number;
  seed?: number;
  /** Start here, [nClusters, D], instead of k-means++. */
  initialCenters?: Matrix;
}

/** scikit-learn's `max_iter`, and its `tol`: the squared shift of the centres over the mean column variance. */
const MAX_ITERATIONS = 300;
const TOLERANCE = 1e-4;

/**
 * k-means: centres minimising the inertia sum_i min_k |x_i - c_k|^2, by Lloyd's iterations from k-means++ seeds
 * (Arthur & Vassilvitskii 2007, with the greedy choice among 2 + ln K trials).
 *
 * Mirrors sklearn.cluster.KMeans (1.2, algorithm "lloyd"): convergence when no label changes or the squared shift
 * is within tolerance, labels of a last assignment, an empty cluster moved to the row farthest from its centre.
 * Departs from it in the random numbers, in one run where it makes ten, in squared distances computed as sums of
 * squared differences (no expansion, so duplicates are at distance 0), and in leaving an empty cluster where it is
 * when every row already sits on a centre.
 */
export class KMeans {
  /** [nClusters, D]. */
  clusterCenters: Matrix = { data: new Float64Array(0), shape: [0, 1] };
  labels: Int32Array = new Int32Array(0);
  inertia = Number.NaN;
  nIter = 0;

  constructor(readonly options: KMeansOptions) {
    const { nClusters } = options;
    if (!(Number.isInteger(nClusters) && nClusters >= 1))
      throw new Error(`KMeans: nClusters is ${nClusters} but must be a whole number >= 1.`);
  }

  fit(x: Matrix): this {
    const { nClusters: k, seed = 0, initialCenters } = this.options;
    checkMatrix(x, "KMeans.fit: X");
    const [n, d] = x.shape;
    if (n < k) throw new Error(`KMeans.fit: n_samples=${n} should be >= nClusters=${k}.`);
    if (initialCenters && (initialCenters.shape[0] !== k || initialCenters.shape[1] !== d))
      throw new Error(`KMeans.fit: initialCenters are [${initialCenters.shape}], expected [${k},${d}].`);

    const start = initialCenters
      ? Float64Array.from(initialCenters.data)
      : plusPlus(x, k, new Random(seed).fork("run 0"));
    const { centers, labels, inertia, nIter } = lloyd(x, start, TOLERANCE * meanVariance(x));
    this.clusterCenters = { data: centers, shape: [k, d] };
    this.labels = labels;
    this.inertia = inertia;
    this.nIter = nIter;
    return this;
  }
}

function lloyd(x: Matrix, start: Float64Array, tolerance: number) {
  const [n, d] = x.shape;
  const k = start.length / d;
  const labels = new Int32Array(n).fill(-1);
  let centers = start;
  for (let nIter = 1; ; nIter++) {
    const step = assignRows(x, centers, k, labels);
    relocateEmpty(x, centers, labels, step.sums, step.counts);
    const next = centers.slice();
    let shift = 0;
    for (let c = 0; c < k; c++)
      for (let j = 0; j < d && step.counts[c] > 0; j++) {
        next[c * d + j] = step.sums[c * d + j] / step.counts[c];
        shift += (next[c * d + j] - centers[c * d + j]) ** 2;
      }
    centers = next;
    if (step.changed > 0 && shift > tolerance && nIter < MAX_ITERATIONS) continue;
    const { inertia } = assignRows(x, centers, k, labels);
    return { centers, labels, inertia, nIter };
  }
}

/** Each empty cluster takes the row farthest from its centre, which leaves the cluster it was in. */
function relocateEmpty(
  x: Matrix,
  centers: Float64Array,
  labels: Int32Array,
  sums: Float64Array,
  counts: Float64Array,
): void {
  const [n, d] = x.shape;
  const empty = [...counts.keys()].filter((c) => counts[c] === 0);
  if (empty.length === 0) return;
  const distances = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += (x.data[i * d + j] - centers[labels[i] * d + j]) ** 2;
    return sum;
  });
  const farthest = Array.from(distances.keys()).sort((i, j) => distances[j] - distances[i]);
  empty.forEach((to, rank) => {
    const row = farthest[rank];
    const from = labels[row];
    if (distances[row] === 0) return;
    for (let j = 0; j < d; j++) {
      sums[from * d + j] -= x.data[row * d + j];
      sums[to * d + j] = x.data[row * d + j];
    }
    counts[from] -= 1;
    counts[to] = 1;
  });
}

function meanVariance(x: Matrix): number {
  const [n, d] = x.shape;
  const mean = columnMeans(x);
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) sum += (x.data[i * d + j] - mean[j]) ** 2;
  return sum / (n * d);
}
