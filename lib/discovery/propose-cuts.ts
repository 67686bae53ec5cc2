import type { Matrix } from "../matrix.js";
import { median } from "../median.js";
import { robustScale } from "../robust-scale.js";
import { leastDifference, leastSpread, lookNames } from "./image-looks.js";

/** A box in the plane, in the embedding's own (arbitrary) units. */
export interface PlaneBox {
  x: [low: number, high: number];
  y: [low: number, high: number];
}

export interface CutProposal {
  box: PlaneBox;
  /** Rows inside the box. */
  indices: number[];
  /** How unusual the images inside look: the largest robust z-score of their median look. */
  oddity: number;
  /** The evidence in one phrase: the look, its median inside and that of all images. */
  why: string;
}

/**
 * Groups are joined where points are nearer than this many times the typical distance of a neighbour; from coarse to
 * fine.
 */
const REACHES = [6, 3, 1.6];
/** Smallest and largest share of all images that a proposed group may hold. */
const SMALLEST = 0.003;
const LARGEST = 0.3;

export interface ProposeCutsOptions {
  /** Groups less unusual than this are not proposed; at the finer reaches it takes three times as much. */
  minOddity?: number;
}

/**
 * Boxes around islands of the plane that hold unusual images (section 3.3 draws one such box by eye).
 *
 * Islands are the connected groups of points nearer to each other than a `reach` of typical neighbour distances. An
 * island is proposed when the median of some look (`imageLooks`) lies `minOddity` robust standard deviations from
 * that of all images, and at least `leastDifference` besides; never most of the images. A finer reach then finds
 * lumps that hang on to the continent by a few points; it also breaks the continent where its density changes, which
 * is why a lump must look odder. The paper's cut is a person's decision: this only says where to look, oddest first.
 */
export function proposeCuts(
  embedding: Matrix,
  looks: Matrix,
  { minOddity = 2 }: ProposeCutsOptions = {},
): CutProposal[] {
  const n = embedding.shape[0];
  if (embedding.shape[1] !== 2 || looks.shape[0] !== n)
    throw new Error(
      `proposeCuts needs a plane [n, 2] and looks of the same n; got [${embedding.shape}] and [${looks.shape}].`,
    );
  const everywhere = Array.from({ length: n }, (_, i) => i);
  const scales = lookNames.map((_, j) => robustScale(column(looks, j, everywhere), leastSpread));
  const proposals: CutProposal[] = [];
  const taken = new Set<number>();
  for (const [scale, reach] of REACHES.entries())
    for (const island of islands(embedding, reach)) {
      if (island.length < Math.max(3, SMALLEST * n) || island.length > LARGEST * n) continue;
      if (island.some((i) => taken.has(i))) continue;
      const inside = scales.map((_, j) => median(column(looks, j, island)));
      const z = scales.map(({ median: all, spread }, j) => {
        const difference = inside[j] - all;
        return Math.abs(difference) < leastDifference[j] ? 0 : difference / spread;
      });
      const j = z.reduce((best, v, k) => (Math.abs(v) > Math.abs(z[best]) ? k : best), 0);
      if (Math.abs(z[j]) < minOddity * (scale === 0 ? 1 : 3)) continue;
      const box = boxAround(embedding, island);
      const indices = everywhere.filter((i) => inBox(embedding, i, box));
      // A long island's box may hold much that is not its own.
      if (island.length < 0.8 * indices.length) continue;
      for (const i of indices) taken.add(i);
      proposals.push({
        box,
        indices,
        oddity: Math.abs(z[j]),
        why: `${z[j] > 0 ? "high" : "low"} ${lookNames[j]}: ${inside[j].toPrecision(2)} where all have ${scales[j].median.toPrecision(2)}`,
      });
    }
  return proposals.sort((a, b) => b.oddity - a.oddity);
}

/** The rows of a plane that lie inside a box. */
export function rowsInBox(embedding: Matrix, box: PlaneBox): number[] {
  return Array.from({ length: embedding.shape[0] }, (_, i) => i).filter((i) => inBox(embedding, i, box));
}

function inBox({ data }: Matrix, i: number, { x, y }: PlaneBox): boolean {
  return data[2 * i] >= x[0] && data[2 * i] <= x[1] && data[2 * i + 1] >= y[0] && data[2 * i + 1] <= y[1];
}

/** Connected groups, through a grid whose cells are as wide as the joining distance. */
function islands({ data, shape: [n] }: Matrix, reach: number): number[][] {
  const near = typicalNeighbourDistance(data, n) * reach || 1e-9;
  const cells = new Map<string, number[]>();
  const cellOf = (i: number) => [Math.floor(data[2 * i] / near), Math.floor(data[2 * i + 1] / near)];
  for (let i = 0; i < n; i++) {
    const key = cellOf(i).join();
    const members = cells.get(key);
    if (members) members.push(i);
    else cells.set(key, [i]);
  }
  const group = new Int32Array(n).fill(-1);
  const found: number[][] = [];
  for (let start = 0; start < n; start++) {
    if (group[start] >= 0) continue;
    const members = [start];
    group[start] = found.length;
    for (let at = 0; at < members.length; at++) {
      const i = members[at];
      const [cx, cy] = cellOf(i);
      for (let dx = -1; dx <= 1; dx++)
        for (let dy = -1; dy <= 1; dy++)
          for (const j of cells.get(`${cx + dx},${cy + dy}`) ?? [])
            if (
              group[j] < 0 &&
              Math.hypot(data[2 * i] - data[2 * j], data[2 * i + 1] - data[2 * j + 1]) <= near
            ) {
              group[j] = found.length;
              members.push(j);
            }
    }
    found.push(members);
  }
  return found;
}

/** Median distance to the fifth neighbour, from at most 500 points against all. */
function typicalNeighbourDistance(data: Float32Array | Float64Array, n: number): number {
  const step = Math.max(1, Math.floor(n / 500));
  const fifth: number[] = [];
  for (let i = 0; i < n; i += step) {
    const nearest = [Infinity, Infinity, Infinity, Infinity, Infinity];
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      let d = Math.hypot(data[2 * i] - data[2 * j], data[2 * i + 1] - data[2 * j + 1]);
      for (let k = 0; k < 5; k++) if (d < nearest[k]) [nearest[k], d] = [d, nearest[k]];
    }
    if (Number.isFinite(nearest[4])) fifth.push(nearest[4]);
  }
  return fifth.length ? median(fifth) : 0;
}

function boxAround({ data }: Matrix, members: readonly number[]): PlaneBox {
  const side = (offset: number): [number, number] => {
    let low = Infinity;
    let high = -Infinity;
    for (const i of members) {
      low = Math.min(low, data[2 * i + offset]);
      high = Math.max(high, data[2 * i + offset]);
    }
    const margin = 0.02 * (high - low) + 1e-6;
    return [low - margin, high + margin];
  };
  return { x: side(0), y: side(1) };
}

/** One look of the images at `rows`. */
function column({ data, shape }: Matrix, j: number, rows: readonly number[]): number[] {
  return rows.map((i) => data[i * shape[1] + j]);
}
