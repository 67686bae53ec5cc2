import { LowestK } from "../lowest-k.js";
import { checkMatrix, checkShape, type Matrix } from "../matrix.js";

export interface Neighbour {
  index: number;
  /** Euclidean, in the features' units. */
  distance: number;
}

export interface SimilarOptions {
  /** How many; `similarDefaults` has the paper's. */
  k?: number;
  /** Names of the rows, to search by id. */
  ids?: readonly string[];
}

/** What section 7.2 showed: neighbours of a source. */
export const similarDefaults: Readonly<{ k: number }> = { k: 8 };

/**
 * Section 7.2: the `k` objects nearest to one in PCA space, nearest first. The query is a row number, an id (with
 * `ids`), or a vector: the features of an image that is not in the set, through the same network and PCA. A row
 * never finds itself; a vector may find its own image. Ties go to the lower row number. One pass over the rows with
 * the k best in a heap.
 */
export function similar(
  features: Matrix,
  query: number | string | ArrayLike<number>,
  { k = similarDefaults.k, ids }: SimilarOptions = {},
): Neighbour[] {
  checkShape(features, "similar: features");
  const [n, d] = features.shape;
  const self = typeof query === "number" ? query : typeof query === "string" ? rowOf(query, ids) : -1;
  if (typeof query === "number" && !(Number.isInteger(query) && query >= 0 && query < n))
    throw new Error(`similar: row ${query} is outside 0 to ${n - 1}.`);
  const point = self >= 0 ? features.data.subarray(self * d, (self + 1) * d) : (query as ArrayLike<number>);
  if (point.length !== d)
    throw new Error(`similar: the query has ${point.length} features where the set has ${d}.`);
  if (!(Number.isInteger(k) && k >= 1)) throw new Error(`similar: k is ${k}; ask for 1 or more.`);
  const best = new LowestK(k);
  const { data } = features;
  for (let i = 0, at = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++, at++) sum += (data[at] - point[j]) ** 2;
    // A NaN or an overflow anywhere makes the sum one too: only then is it worth looking for.
    if (!Number.isFinite(sum)) refuse(features, point);
    if (i !== self) best.push(sum, i);
  }
  return best.sorted().map(({ value, name }) => ({ index: name, distance: Math.sqrt(value) }));
}

function refuse(features: Matrix, point: ArrayLike<number>): never {
  checkMatrix({ data: Float64Array.from(point), shape: [1, point.length] }, "similar: query");
  checkMatrix(features, "similar: features");
  throw new Error("similar: the distances overflow; rescale the features.");
}

function rowOf(id: string, ids?: readonly string[]): number {
  if (!ids) throw new Error(`similar: to search by the id "${id}", pass { ids }.`);
  const row = ids.indexOf(id);
  if (row < 0) throw new Error(`similar: no image is called "${id}".`);
  return row;
}
