import type { Neighbours } from "./exact-neighbours.js";

/** A symmetric weighted graph: edge e joins head[e] to tail[e]; every pair is there in both directions. */
export interface FuzzyGraph {
  n: number;
  /** Ascending. */
  head: Int32Array;
  tail: Int32Array;
  /** In (0, 1]. */
  weight: Float64Array;
}

/** The bandwidth is at least this share of the mean distance. */
const SMALLEST = 1e-3;

/**
 * The fuzzy simplicial set of UMAP (McInnes, Healy & Melville 2018, section 3.1): w_ij = exp(-(d_ij - rho_i) /
 * sigma_i), rho_i the smallest distance that is not 0, sigma_i such that the weights of i sum to log2(k); then
 * w_ij + w_ji - w_ij w_ji.
 *
 * Mirrors umap-learn's `fuzzy_simplicial_set` (local connectivity 1, union), whose `n_neighbors` counts the point
 * itself: `neighbours` holds the other n_neighbors - 1. Departs from umap-js, which keeps the graph in a Map with
 * text keys (1.4.0: several GB for 3 million edges), in its typed arrays: 16 bytes an edge.
 */
export function fuzzyGraph(neighbours: Neighbours): FuzzyGraph {
  const { k, indices } = neighbours;
  const n = indices.length / k;
  const strength = membershipStrengths(neighbours);
  /** The weight in the other direction; 0 where i is not among j's neighbours. */
  const back = (i: number, j: number) => {
    for (let s = j * k; s < (j + 1) * k; s++) if (indices[s] === i) return strength[s];
    return 0;
  };

  const start = new Int32Array(n + 1);
  const reverse = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let s = i * k; s < (i + 1) * k; s++) {
      reverse[s] = back(i, indices[s]);
      start[i + 1]++;
      if (reverse[s] === 0) start[indices[s] + 1]++;
    }
  for (let i = 0; i < n; i++) start[i + 1] += start[i];

  const head = new Int32Array(start[n]);
  const tail = new Int32Array(start[n]);
  const weight = new Float64Array(start[n]);
  const next = start.slice(0, n);
  const put = (i: number, j: number, w: number) => {
    const e = next[i]++;
    head[e] = i;
    tail[e] = j;
    weight[e] = w;
  };
  for (let i = 0; i < n; i++)
    for (let s = i * k; s < (i + 1) * k; s++) {
      const w = strength[s] + reverse[s] - strength[s] * reverse[s];
      put(i, indices[s], w);
      if (reverse[s] === 0) put(indices[s], i, w);
    }
  return { n, head, tail, weight };
}

/** The directed weights w_ij of each row's neighbours, [n, k], never below 1e-30. */
export function membershipStrengths({ k, distances }: Neighbours): Float64Array {
  const n = distances.length / k;
  const target = Math.log2(k + 1);
  // umap-learn's means include the point's own distance, 0.
  const mean = distances.reduce((sum, d) => sum + d, 0) / (n * (k + 1));
  const strength = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    const row = distances.subarray(i * k, (i + 1) * k);
    const rho = row.find((d) => d > 0) ?? 0;
    const ownMean = row.reduce((sum, d) => sum + d, 0) / (k + 1);
    const sigma = Math.max(bandwidth(row, rho, target), SMALLEST * (rho > 0 ? ownMean : mean));
    for (let s = 0; s < k; s++) {
      const beyond = row[s] - rho;
      strength[i * k + s] = beyond <= 0 || sigma === 0 ? 1 : Math.max(1e-30, Math.exp(-beyond / sigma));
    }
  }
  return strength;
}

/** sigma with sum exp(-max(0, d - rho) / sigma) = target, by 64 bisections at most. */
function bandwidth(row: Float64Array, rho: number, target: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let sigma = 1;
  for (let iteration = 0; iteration < 64; iteration++) {
    let sum = 0;
    for (let s = 0; s < row.length; s++) sum += row[s] > rho ? Math.exp(-(row[s] - rho) / sigma) : 1;
    if (Math.abs(sum - target) < 1e-5) break;
    if (sum > target) {
      high = sigma;
      sigma = (low + high) / 2;
    } else {
      low = sigma;
      sigma = high === Number.POSITIVE_INFINITY ? 2 * sigma : (low + high) / 2;
    }
  }
  return sigma;
}
