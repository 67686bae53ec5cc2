import type { Position, View } from "./view.js";

/** Finds points by their place: they lie in square bins of the plane, 200 along its longer side. */
export class PointIndex {
  private readonly bins = new Map<number, number[]>();
  private readonly side: number;

  constructor(
    private readonly xy: Float32Array,
    private readonly view: View,
  ) {
    const [left, right, bottom, top] = view.bounds;
    this.side = Math.max(right - left, top - bottom, 1e-9) / 200;
    for (let i = 0; i < xy.length / 2; i++) {
      const bin = this.bin(xy[2 * i], xy[2 * i + 1]);
      const list = this.bins.get(bin);
      if (list) list.push(i);
      else this.bins.set(bin, [i]);
    }
  }

  private bin(x: number, y: number): number {
    const [left, , bottom] = this.view.bounds;
    return Math.floor((x - left) / this.side) + 1000 * Math.floor((y - bottom) / this.side);
  }

  /** The visible point nearest to `at` on the canvas and within ten pixels of it, or -1. */
  nearest(at: Position, visible: Uint8Array): number {
    const { xy, side } = this;
    const [x, y] = this.view.plane(at);
    const reach = this.view.length(10);
    let best = -1;
    let least = reach * reach;
    const look = (i: number) => {
      if (!visible[i]) return;
      const d = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
      if (d < least) [least, best] = [d, i];
    };
    const steps = Math.ceil(reach / side);
    if (steps > 20) {
      for (let i = 0; i < xy.length / 2; i++) look(i);
      return best;
    }
    for (let a = -steps; a <= steps; a++)
      for (let b = -steps; b <= steps; b++)
        for (const i of this.bins.get(this.bin(x + a * side, y + b * side)) ?? []) look(i);
    return best;
  }

  /** The visible points inside `loop`, a closed line in the plane. */
  inside(loop: readonly Position[], visible: Uint8Array): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.xy.length / 2; i++)
      if (visible[i] && isInside(loop, this.xy[2 * i], this.xy[2 * i + 1])) found.push(i);
    return found;
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
