import { type Matrix, takeRows } from "../matrix.js";
import { requirePackage } from "../package-root.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import { exactNeighbours, type Neighbours } from "./exact-neighbours.js";

/** What is used of hnswlib-node 3. */
interface HnswIndex {
  initIndex(options: { maxElements: number; m: number; efConstruction: number; randomSeed: number }): void;
  addPoint(point: number[], label: number): void;
  setEf(ef: number): void;
  searchKnn(point: number[], k: number): { neighbors: number[]; distances: number[] };
}
interface Hnsw {
  HierarchicalNSW: new (space: "l2", dimensions: number) => HnswIndex;
}

/** How many rows the recall is measured on. */
const SAMPLE = 200;

/**
 * Nearest neighbours from a hierarchical navigable small-world graph (Malkov & Yashunin 2018), for more rows than
 * the exact search is meant for. `hnswlib-node` does the work (f32, M 16, ef 200 at both ends) and is an optional
 * dependency: without it this fails with the line that installs it. The recall is measured against the exact
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
  const { HierarchicalNSW } = loadHnsw(x.shape[0]);
  const [n, d] = x.shape;
  const asked = queries ?? x;
  const m = asked.shape[0];
  const row = (a: Matrix, i: number) => Array.from(a.data.subarray(i * d, (i + 1) * d));
  const pause = async (done: number, note: string) => {
    signal?.throwIfAborted();
    onProgress?.({ done, total: n + m, note });
    await new Promise((resume) => setImmediate(resume));
  };

  const index = new HierarchicalNSW("l2", d);
  index.initIndex({ maxElements: n, m: 16, efConstruction: 200, randomSeed: 100 });
  for (let i = 0; i < n; i++) {
    if (i % 1000 === 0) await pause(i, "neighbour index");
    index.addPoint(row(x, i), i);
  }
  index.setEf(Math.max(200, 2 * k));

  const indices = new Int32Array(m * k);
  const distances = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    if (i % 1000 === 0) await pause(n + i, "nearest neighbours");
    const found = index.searchKnn(row(asked, i), queries ? k : k + 1);
    const order = found.neighbors
      .map((j, s) => ({ j, square: found.distances[s] }))
      .filter(({ j }) => queries || j !== i)
      .sort((a, b) => a.square - b.square || a.j - b.j)
      .slice(0, k);
    if (order.length < k)
      throw new Error(
        `approximateNeighbours: only ${order.length} of ${k} neighbours of row ${i} were found.`,
      );
    order.forEach(({ j, square }, s) => {
      indices[i * k + s] = j;
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

function loadHnsw(rows: number): Hnsw {
  try {
    return requirePackage("hnswlib-node") as Hnsw;
  } catch (cause) {
    throw new Error(
      `nearestNeighbours: ${rows} rows are too many for the exact search and the approximate one, hnswlib-node, is not built; run "npm run build" in the project with a C++ compiler installed, or raise exactLimit.`,
      { cause },
    );
  }
}
