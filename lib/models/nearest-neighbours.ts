import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { approximateNeighbours } from "./approximate-neighbours.js";
import { checkNeighbourSearch, ExactSearch, type Neighbours } from "./exact-neighbours.js";

export interface NearestNeighboursOptions {
  k: number;
  /** Whose neighbours are wanted; default: the rows of `x` themselves, none being its own neighbour. */
  queries?: Matrix;
  /** Above this many rows the index of `approximateNeighbours` is searched instead (default 300 000). */
  exactLimit?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * The k nearest neighbours in Euclidean distance (paper sections 5 and 7.2), exact up to `exactLimit` rows.
 *
 * Mirrors sklearn.neighbors.NearestNeighbors(algorithm="brute"): |x - y|^2 = |x|^2 + |y|^2 - 2 x.y in blocked f64
 * matrix products, f32 input being converted on the way, ties as `pushNeighbour` says. Departs from it in that
 * columns are first shifted by a coarse centre (`columnShift`), that a search among the rows themselves computes
 * each pair once, and that the reported distances are computed again by differences: near-duplicates far from
 * the origin keep their order. Time n^2 d, memory n k plus a few MB. Native on all cores, or in TypeScript.
 */
export async function nearestNeighbours(x: Matrix, options: NearestNeighboursOptions): Promise<Neighbours> {
  const { exactLimit = 300_000, onProgress, signal } = options;
  checkNeighbourSearch(x, options.k, options.queries);
  if (x.shape[0] > exactLimit) return approximateNeighbours(x, options);
  const search = new ExactSearch(x, options.k, options.queries);
  while (search.step()) {
    signal?.throwIfAborted();
    onProgress?.({ done: search.done, total: search.total, note: "nearest neighbours" });
    await new Promise((resume) => setImmediate(resume));
  }
  return search.result();
}
