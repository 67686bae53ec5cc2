import { checkMatrix, type Matrix, takeRows } from "../matrix.js";
import { exactNeighbours } from "./exact-neighbours.js";
import { squaredDistances } from "./squared-distances.js";

const BLOCK = 256;

/**
 * How far the neighbours in a picture are neighbours in the data too (Venna & Kaski 2001):
 * 1 - 2 / (n k (2 n - 3 k - 1)) sum_i sum_j max(0, r(i, j) - k), j over the k nearest of i in `embedding` and
 * r(i, j) the rank of j among the distances from i in `x`.
 *
 * Mirrors sklearn.manifold.trustworthiness; of equal distances in `x` all have the lowest rank (there the order
 * is arbitrary). `rows` restricts the sum over i to a sample, scaled accordingly: time is rows x n x d.
 */
export function trustworthiness(
  x: Matrix,
  embedding: Matrix,
  { k = 15, rows }: { k?: number; rows?: ArrayLike<number> } = {},
): number {
  checkMatrix(x, "trustworthiness: X", 3);
  checkMatrix(embedding, "trustworthiness: embedding");
  const n = x.shape[0];
  if (embedding.shape[0] !== n)
    throw new Error(`trustworthiness: X has ${n} rows but the embedding ${embedding.shape[0]}.`);
  if (!Number.isInteger(k) || k < 1 || k >= n / 2)
    throw new Error(`trustworthiness: k is ${k} but must be at least 1 and less than n / 2 = ${n / 2}.`);
  const asked = rows ? Array.from(rows) : Array.from({ length: n }, (_, i) => i);
  const { indices } = exactNeighbours(embedding, k);
  let excess = 0;
  for (let from = 0; from < asked.length; from += BLOCK) {
    const block = asked.slice(from, from + BLOCK);
    const squares = squaredDistances(takeRows(x, block), x);
    block.forEach((i, b) => {
      const row = squares.subarray(b * n, (b + 1) * n);
      row[i] = Number.POSITIVE_INFINITY;
      for (let s = i * k; s < (i + 1) * k; s++) {
        const square = row[indices[s]];
        let rank = 1;
        for (let j = 0; j < n; j++) if (row[j] < square) rank++;
        excess += Math.max(0, rank - k);
      }
    });
  }
  return 1 - (2 * excess) / (asked.length * k * (2 * n - 3 * k - 1));
}
