import { type Matrix, takeRows } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import { exactNeighbours, type Neighbours } from "./exact-neighbours.js";
import { NeighbourIndex } from "./neighbour-index.js";

/** How many rows the recall is measured on. */
const SAMPLE = 200;

/**
 * Nearest neighbours from a hierarchical navigable small-world graph (Malkov & Yashunin 2018), for more rows than
 * the exact search is meant for (`NeighbourIndex`). The recall is measured against the exact
 * search on 200 random rows and returned with the neighbours.
 */
export async function approximateNeighbours(
  x: Matrix,
  {
    k,
    queries,
    onProgress,
    signal,
  }: { k: number; queries?: Matrix; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<Neighbours> {
  const [n, d] = x.shape;
  const asked = queries ?? x;
  const m = asked.shape[0];
  const pause = async (done: number, note: string) => {
    signal?.throwIfAborted();
    onProgress?.({ done, total: n + m, note });
    await new Promise((resume) => setImmediate(resume));
  };

  const index = await NeighbourIndex.build(x, {
    onProgress: (done) => onProgress?.({ done, total: n + m, note: "neighbour index" }),
    signal,
  });

  const indices = new Int32Array(m * k);
  const distances = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    if (i % 1000 === 0) await pause(n + i, "nearest neighbours");
    const order = index
      .search(asked.data.subarray(i * d, (i + 1) * d), queries ? k : k + 1)
      .filter(({ row }) => queries || row !== i)
      .slice(0, k);
    if (order.length < k)
      throw new Error(
        `approximateNeighbours: only ${order.length} of ${k} neighbours of row ${i} were found.`,
      );
    order.forEach(({ row, square }, s) => {
      indices[i * k + s] = row;
      distances[i * k + s] = Math.sqrt(square);
    });
  }
  return { k, indices, distances, recall: measuredRecall(x, asked, k, indices, queries === undefined) };
}

/** Share of the exact neighbours of a random sample that are among those found. */
function measuredRecall(x: Matrix, asked: Matrix, k: number, indices: Int32Array, among: boolean): number {
  const sample = new Random(0).permutation(asked.shape[0]).slice(0, SAMPLE);
  const exact = exactNeighbours(x, among ? k + 1 : k, takeRows(asked, sample));
  let hits = 0;
  sample.forEach((i, s) => {
    const found = new Set(indices.subarray(i * k, (i + 1) * k));
    const truth = [...exact.indices.subarray(s * exact.k, (s + 1) * exact.k)];
    hits += truth
      .filter((j) => !among || j !== i)
      .slice(0, k)
      .filter((j) => found.has(j)).length;
  });
  return hits / (sample.length * k);
}
