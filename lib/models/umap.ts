import { checkMatrix, type Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import type { Neighbours } from "./exact-neighbours.js";
import { fuzzyGraph } from "./fuzzy-graph.js";
import { nearestNeighbours } from "./nearest-neighbours.js";
import { Pca } from "./pca.js";
import { umapCurve } from "./umap-curve.js";
import { UmapLayout } from "./umap-layout.js";

export interface UmapOptions {
  /** How many points count as near, the point itself among them (default 15, as in the paper). */
  nNeighbors?: number;
  /** How close points may lie in the picture (default 0.01, as in the paper). */
  minDist?: number;
  /** Default 500 up to 10 000 rows, 200 beyond. */
  nEpochs?: number;
  seed?: number;
  /** First positions, [n, 2]; default the first two principal components. */
  init?: Matrix;
  /** The nearest other rows where they are known already: at least nNeighbors - 1 for each. */
  neighbours?: Neighbours;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What section 3.2 chose. */
export const umapDefaults: Readonly<{ nNeighbors: number; minDist: number }> = {
  nNeighbors: 15,
  minDist: 0.01,
};

/** The picture after an epoch: what `umapSteps` yields. */
export interface UmapStep {
  /** Epochs done: 0 is the first picture, before any. */
  epoch: number;
  nEpochs: number;
  /** [n, 2]; its values go on changing, so copy what you keep. */
  embedding: Matrix;
}

/**
 * UMAP of the rows of `x`, [n, d], in the plane (McInnes, Healy & Melville 2018; paper sections 3, 6 and 7): [n, 2].
 *
 * Mirrors umap-learn (0.5.3) with metric "euclidean" and n_components 2: the same graph, curve and layout
 * schedule. Departs from it in the neighbours (exact, see `nearestNeighbours`; the approximate ones of umap-learn
 * above 4096 rows), in the first positions (principal components in place of Laplacian eigenvectors, which need
 * minutes where the graph is large or falls apart) and in the random numbers.
 *
 * umap-js, the usual library, computes the same but was not made for this size: graph in a Map with text keys,
 * positions and edges in arrays of numbers, random first positions. So neighbours, graph and layout are ours, and
 * the tests hold the result against umap-js and umap-learn. The same seed gives the same bits, native or not.
 * Time: n^2 d for the neighbours, about 0.2 ms a row for the rest. With fewer rows than nNeighbors all are near.
 */
export async function umap(x: Matrix, options: UmapOptions = {}): Promise<Matrix> {
  let embedding: Matrix | null = null;
  for await (const step of umapSteps(x, options)) embedding = step.embedding;
  return embedding!;
}

/** `umap` as a loop: yields the first picture and the one after each epoch. */
export async function* umapSteps(x: Matrix, options: UmapOptions = {}): AsyncGenerator<UmapStep> {
  const { nNeighbors = umapDefaults.nNeighbors, minDist = umapDefaults.minDist } = options;
  const { seed = 0, onProgress, signal } = options;
  checkMatrix(x, "umap: X", 3);
  const n = x.shape[0];
  const nEpochs = options.nEpochs ?? (n <= 10_000 ? 500 : 200);
  if (!Number.isInteger(nNeighbors) || nNeighbors < 2)
    throw new Error(`umap: nNeighbors is ${nNeighbors} but must be a whole number of at least 2.`);
  if (!Number.isInteger(nEpochs) || nEpochs < 1)
    throw new Error(`umap: nEpochs is ${nEpochs} but must be a whole number of at least 1.`);
  const curve = umapCurve(1, minDist);

  const k = Math.min(nNeighbors, n) - 1;
  const neighbours = options.neighbours
    ? firstNeighbours(options.neighbours, n, k)
    : await nearestNeighbours(x, { k, onProgress, signal });
  const random = new Random(seed).fork("umap");
  const positions = firstPositions(x, options.init, random);
  const layout = new UmapLayout(positions, fuzzyGraph(neighbours), {
    nEpochs,
    ...curve,
    random,
  });
  const embedding: Matrix = { data: positions, shape: [n, 2] };
  let breath = Date.now();
  do {
    signal?.throwIfAborted();
    onProgress?.({ done: layout.epoch, total: nEpochs, note: "layout" });
    yield { epoch: layout.epoch, nEpochs, embedding };
    if (Date.now() - breath < 20) continue;
    // Lets the interrupt and the progress bar through.
    await new Promise((resume) => setImmediate(resume));
    breath = Date.now();
  } while (layout.step());
}

/** The nearest k of neighbours that may hold more. */
function firstNeighbours(given: Neighbours, n: number, k: number): Neighbours {
  if (given.indices.length !== n * given.k)
    throw new Error(
      `umap: the neighbours belong to ${given.indices.length / given.k} rows where X has ${n}.`,
    );
  if (given.k < k) throw new Error(`umap: ${k} neighbours of each row are needed but only ${given.k} given.`);
  if (given.k === k) return given;
  const indices = new Int32Array(n * k);
  const distances = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    indices.set(given.indices.subarray(i * given.k, i * given.k + k), i * k);
    distances.set(given.distances.subarray(i * given.k, i * given.k + k), i * k);
  }
  return { ...given, k, indices, distances };
}

/**
 * Each coordinate stretched onto [0, 10], with noise of 1e-4 so that equal rows can part; the stretched values are
 * rounded to 2^-16, which takes the last digits of the components (they differ between machines) out of the picture.
 */
function firstPositions(x: Matrix, init: Matrix | undefined, random: Random): Float32Array {
  const n = x.shape[0];
  if (init) {
    checkMatrix(init, "umap: init");
    if (init.shape[0] !== n || init.shape[1] !== 2)
      throw new Error(`umap: init has shape [${init.shape}] but must be [${n}, 2].`);
  }
  const start = init ?? principalPlane(x);
  const positions = new Float32Array(2 * n);
  for (const c of [0, 1]) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      low = Math.min(low, start.data[2 * i + c]);
      high = Math.max(high, start.data[2 * i + c]);
    }
    for (let i = 0; i < n; i++)
      positions[2 * i + c] =
        high > low
          ? Math.round((655360 * (start.data[2 * i + c] - low)) / (high - low)) / 65536 +
            random.normal(0, 1e-4)
          : random.uniform(0, 10); // no spread to start from
  }
  return positions;
}

/** Scores on the first two principal components; zeros where there is none. */
function principalPlane(x: Matrix): Matrix {
  const [n, d] = x.shape;
  const constant = x.data.every((v, i) => v === x.data[i % d]);
  const data = new Float64Array(2 * n);
  if (constant) return { data, shape: [n, 2] };
  const scores = new Pca({ nComponents: Math.min(2, d) }).fit(x).transform(x);
  const columns = scores.shape[1];
  for (let i = 0; i < n; i++)
    for (let c = 0; c < columns; c++) data[2 * i + c] = scores.data[i * columns + c];
  return { data, shape: [n, 2] };
}
