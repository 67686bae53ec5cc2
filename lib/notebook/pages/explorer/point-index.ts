import type { Position, View } from "./view.js";

/** Cells along the longer side of the plane. */
const CELLS = 256;

/**
 * Finds points by their place: they lie sorted by the square cells of the plane, the cells line by line. Two arrays,
 * made in two passes, so that a million points take tens of milliseconds.
 */
export class PointIndex {
  /** Where each cell's points begin in `points`. */
  private readonly begin: Uint32Array;
  private readonly points: Uint32Array;
  private readonly side: number;
  private readonly columns: number;
  private readonly lines: number;

  constructor(
    private readonly xy: Float32Array,
    private readonly view: View,
  ) {
    const [left, right, bottom, top] = view.bounds;
    this.side = Math.max(right - left, top - bottom, 1e-9) / CELLS;
    this.columns = Math.floor((right - left) / this.side) + 1;
    this.lines = Math.floor((top - bottom) / this.side) + 1;
    const n = xy.length / 2;
    const cell = new Uint32Array(n);
    this.begin = new Uint32Array(this.columns * this.lines + 1);
    for (let i = 0; i < n; i++) {
      cell[i] = this.line(xy[2 * i + 1]) * this.columns + this.column(xy[2 * i]);
      this.begin[cell[i] + 1]++;
    }
    for (let c = 0; c < this.columns * this.lines; c++) this.begin[c + 1] += this.begin[c];
    const next = this.begin.slice();
    this.points = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.points[next[cell[i]]++] = i;
  }

  private column(x: number): number {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.view.bounds[0]) / this.side)));
  }

  private line(y: number): number {
    return Math.max(0, Math.min(this.lines - 1, Math.floor((y - this.view.bounds[2]) / this.side)));
  }

  /** Calls `look` with runs of points whose cells meet the rectangle: some of them lie beside it. */
  within(
    [left, right, bottom, top]: readonly [number, number, number, number],
    look: (points: Uint32Array) => void,
  ): void {
    const [a, b] = [this.column(left), this.column(right)];
    for (let line = this.line(bottom); line <= this.line(top); line++) {
      const at = line * this.columns;
      const [from, to] = [this.begin[at + a], this.begin[at + b + 1]];
      if (to > from) look(this.points.subarray(from, to));
    }
  }

  /** The visible point nearest to `at` on the canvas and within ten pixels of it, or -1. */
  nearest(at: Position, visible: Uint8Array): number {
    const { xy } = this;
    const [x, y] = this.view.plane(at);
    const reach = this.view.length(10);
    let best = -1;
    let least = reach * reach;
    this.within([x - reach, x + reach, y - reach, y + reach], (points) => {
      for (const i of points) {
        if (!visible[i]) continue;
        const d = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
        if (d < least || (d === least && i < best)) [least, best] = [d, i];
      }
    });
    return best;
  }

  /** The visible points inside `loop`, a closed line in the plane, in their own order. */
  inside(loop: readonly Position[], visible: Uint8Array): Uint32Array {
    const { xy } = this;
    const found: number[] = [];
    const [xs, ys] = [loop.map(([x]) => x), loop.map(([, y]) => y)];
    const box = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)] as const;
    this.within(box, (points) => {
      for (const i of points) if (visible[i] && isInside(loop, xy[2 * i], xy[2 * i + 1])) found.push(i);
    });
    return Uint32Array.from(found).sort();
  }
}

/** A line from a place inside crosses the loop an odd number of times. */
function isInside(loop: readonly Position[], x: number, y: number): boolean {
  let within = false;
  for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
    const [xa, ya] = loop[a];
    const [xb, yb] = loop[b];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) within = !within;
  }
  return within;
}
