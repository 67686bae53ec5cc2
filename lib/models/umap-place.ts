import type { Matrix } from "../matrix.js";
import { exactNeighbours } from "./exact-neighbours.js";
import { membershipStrengths } from "./fuzzy-graph.js";
import { umapDefaults } from "./umap.js";

/**
 * Puts further rows onto a finished picture: each where the mean of its nearest mapped rows lies, weighted by
 * membership strength, [m, 2]; a row that equals a mapped one, exactly on it (of several on the first of them).
 *
 * umap-learn's `transform` begins so too, with other weights: those here are the fit's (`membershipStrengths`: rho the
 * distance of the nearest that is not at 0, a sum of log2(k + 1)), there rho is 0 and the sum log2(k), of all but the
 * nearest. The gradient descent that follows there is left out, so a new point never leaves the hull of its neighbours,
 * and no point moves for the sake of another. `x` and `embedding` are what `umap` was given and gave.
 */
export function placeOnUmap(x: Matrix, embedding: Matrix, queries: Matrix): Matrix {
  if (embedding.shape[0] !== x.shape[0])
    throw new Error(`placeOnUmap: X has ${x.shape[0]} rows but the embedding ${embedding.shape[0]}.`);
  const k = Math.min(umapDefaults.nNeighbors, x.shape[0]);
  const neighbours = exactNeighbours(x, k, queries);
  const strength = membershipStrengths(neighbours);
  const [m, c] = [queries.shape[0], embedding.shape[1]];
  const data = new Float32Array(m * c);
  for (let i = 0; i < m; i++) {
    const nearest = neighbours.indices[i * k];
    if (neighbours.distances[i * k] === 0) {
      data.set(embedding.data.subarray(nearest * c, (nearest + 1) * c), i * c);
      continue;
    }
    for (let p = 0; p < c; p++) {
      let sum = 0;
      let total = 0;
      for (let s = i * k; s < (i + 1) * k; s++) {
        sum += strength[s] * embedding.data[neighbours.indices[s] * c + p];
        total += strength[s];
      }
      data[i * c + p] = sum / total;
    }
  }
  return { data, shape: [m, c] };
}
