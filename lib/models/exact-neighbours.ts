import { numeric } from "../engine/numeric/numeric.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import { pushNeighbour, sortNeighbours } from "./neighbour-heap.js";

/** The k nearest rows of each of n rows: row i's are at [i * k, (i + 1) * k), nearest first. */
export interface Neighbours {
  k: number;
  /** Row numbers, [n, k]. Equal distances are in order of the row number. */
  indices: Int32Array;
  /** Euclidean distances, [n, k]. */
  distances: Float64Array;
  /** Share of the true neighbours that was found: 1 for the exact search, measured on a sample otherwise. */
  recall: number;
}

/** Rows handled between two looks at the signal; the native search takes at most this many at once. */
const BLOCK = 512;
/** Products are summed in pieces of this length, in the native search and here alike. */
const PIECE = 128;

/** The exact search of `nearestNeighbours` in one go, for small data and for callers that cannot wait. */
export function exactNeighbours(x: Matrix, k: number, queries?: Matrix): Neighbours {
  checkNeighbourSearch(x, k, queries);
  const search = new ExactSearch(x, k, queries);
  while (search.step());
  return search.result();
}

/**
 * Which k rows are nearest, by the expanded distances alone, each row's in ascending order of (squared distance,
 * index): what scikit-learn's classifier sees. `squares` are the expanded squared distances.
 */
export function nearestByProducts(
  x: Matrix,
  k: number,
  queries?: Matrix,
): { indices: Int32Array; squares: Float64Array } {
  const search = new ExactSearch(x, k, queries);
  while (search.step());
  search.sort();
  return { indices: search.indices, squares: search.values };
}

/** Throws one sentence for what cannot be searched: bad values, k < 1, fewer rows than neighbours. */
export function checkNeighbourSearch(x: Matrix, k: number, queries?: Matrix): void {
  checkMatrix(x, "nearestNeighbours: X");
  const [n, d] = x.shape;
  const most = queries ? n : n - 1;
  if (!Number.isInteger(k) || k < 1) throw new Error(`nearestNeighbours: k is ${k} but must be at least 1.`);
  if (k > most)
    throw new Error(`nearestNeighbours: k = ${k} neighbours are wanted but only ${most} rows can be one.`);
  if (!queries) return;
  checkMatrix(queries, "nearestNeighbours: queries", 0);
  if (queries.shape[1] !== d)
    throw new Error(`nearestNeighbours: queries have ${queries.shape[1]} columns where X has ${d}.`);
}

/** The search as a loop over blocks of rows that a caller can interrupt. */
export class ExactSearch {
  readonly values: Float64Array;
  readonly indices: Int32Array;
  private readonly shift: Float64Array;
  private readonly norms: Float64Array;
  private readonly queryNorms: Float64Array;
  private at = 0;

  constructor(
    private readonly x: Matrix,
    private readonly k: number,
    private readonly queries?: Matrix,
  ) {
    const m = (queries ?? x).shape[0];
    this.values = new Float64Array(m * k).fill(Number.POSITIVE_INFINITY);
    this.indices = new Int32Array(m * k);
    this.shift = columnShift(x);
    this.norms = shiftedNorms(x, this.shift);
    this.queryNorms = queries ? shiftedNorms(queries, this.shift) : this.norms;
  }

  /** Pairs of rows, or queries: what progress counts. */
  get total(): number {
    const n = this.x.shape[0];
    return this.queries ? this.queries.shape[0] : (n * (n - 1)) / 2;
  }

  get done(): number {
    const left = this.x.shape[0] - this.at;
    return this.queries ? this.at : this.total - (left * (left - 1)) / 2;
  }

  /** Searches one more block; false when there was none left. */
  step(): boolean {
    const { x, k, queries, shift, norms, queryNorms, values, indices } = this;
    const [n, d] = x.shape;
    const m = (queries ?? x).shape[0];
    if (this.at >= m) return false;
    const from = this.at;
    const to = (this.at = Math.min(m, from + BLOCK));
    const native = numeric();
    if (native && queries)
      native.neighboursOf(
        queries.data,
        m,
        x.data,
        n,
        d,
        shift,
        queryNorms,
        norms,
        from,
        to,
        k,
        values,
        indices,
      );
    else if (native) native.neighboursAmong(x.data, n, d, shift, norms, from, to, k, values, indices);
    else
      for (let i = from; i < to; i++)
        for (let j = queries ? 0 : i + 1; j < n; j++) {
          const product = shiftedProduct((queries ?? x).data, i * d, x.data, j * d, d, shift);
          const square = Math.max(0, queryNorms[i] + norms[j] - 2 * product);
          pushNeighbour(values, indices, i * k, k, square, j);
          if (!queries) pushNeighbour(values, indices, j * k, k, square, i);
        }
    return true;
  }

  sort(): void {
    for (let start = 0; start < this.values.length; start += this.k)
      sortNeighbours(this.values, this.indices, start, this.k);
  }

  result(): Neighbours {
    const { x, k, queries, indices, values: distances } = this;
    indexedDistances(queries ?? x, x, k, indices, distances);
    this.sort();
    return { k, indices, distances, recall: 1 };
  }
}

/**
 * A centre for every column: the middle of its range, rounded to a multiple of a power of two at least as large as
 * that range. Subtracting it takes large offsets out of the products; on data that lie on a lattice (counts, pixel
 * values) it is exact, so that equal distances stay equal.
 */
function columnShift(x: Matrix): Float64Array {
  const [n, d] = x.shape;
  const low = new Float64Array(d).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(d).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < d; p++) {
      const v = x.data[i * d + p];
      if (v < low[p]) low[p] = v;
      if (v > high[p]) high[p] = v;
    }
  return low.map((l, p) => {
    const range = high[p] - l;
    if (!(range > 0)) return l;
    const grain = 2 ** Math.ceil(Math.log2(range));
    const shift = Math.round((l + range / 2) / grain) * grain;
    return Number.isFinite(shift) ? shift : 0;
  });
}

function shiftedNorms(x: Matrix, shift: Float64Array): Float64Array {
  const [n, d] = x.shape;
  const out = new Float64Array(n);
  const native = numeric();
  if (native) native.shiftedNorms(x.data, n, d, shift, out);
  else for (let i = 0; i < n; i++) out[i] = shiftedProduct(x.data, i * d, x.data, i * d, d, shift);
  return out;
}

/** sum (a - shift)(b - shift), in pieces: the order in which the blocked products add, so copies cancel to 0. */
function shiftedProduct(
  a: Matrix["data"],
  aStart: number,
  b: Matrix["data"],
  bStart: number,
  d: number,
  shift: Float64Array,
): number {
  let total = 0;
  for (let p0 = 0; p0 < d; p0 += PIECE) {
    let sum = 0;
    for (let p = p0; p < Math.min(d, p0 + PIECE); p++)
      sum += (a[aStart + p] - shift[p]) * (b[bStart + p] - shift[p]);
    total += sum;
  }
  return total;
}

function indexedDistances(
  a: Matrix,
  x: Matrix,
  k: number,
  indices: Int32Array,
  distances: Float64Array,
): void {
  const [m, d] = a.shape;
  const native = numeric();
  if (native) {
    native.indexedDistances(a.data, m, x.data, x.shape[0], d, k, indices, distances);
    return;
  }
  for (let i = 0; i < m; i++)
    for (let s = i * k; s < (i + 1) * k; s++) {
      let sum = 0;
      for (let p = 0; p < d; p++) sum += (a.data[i * d + p] - x.data[indices[s] * d + p]) ** 2;
      distances[s] = Math.sqrt(sum);
    }
}
