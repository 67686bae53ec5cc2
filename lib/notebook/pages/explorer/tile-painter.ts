import type { Colouring } from "./colouring.js";
import type { PointIndex } from "./point-index.js";
import { type Stamp, stampsOf } from "./stamps.js";

/** Device pixels along a tile's side. */
export const TILE = 256;
/** More points than this in a tile are drawn as single pixels of their mean colour: stamps would hide each other. */
const DENSE = 15_000;
/** Points of a step. */
const STEP = 4000;

export interface Look {
  xy: Float32Array;
  index: PointIndex;
  colouring: Colouring;
  /** 1 where a point is chosen; null, none is. */
  chosen: Uint8Array | null;
  /** Diameter of a point in device pixels, about. */
  size: number;
}

/**
 * Draws the points of one square tile of the plane: pixel (x, y) of tile (tx, ty) shows the place
 * ((tx TILE + x) / scale, -(ty TILE + y) / scale). Stamps that reach over an edge are drawn in both tiles.
 */
export class TilePainter {
  private readonly pixels = new ImageData(TILE, TILE);
  private readonly sum = new Float32Array(4 * TILE * TILE);

  /**
   * A canvas of `TILE` pixels, clear where nothing lies; null, no point lies there. It takes steps of a millisecond or
   * so, for a tile may hold a million points and a frame should not wait for it; the steps of two tiles do not mix.
   */
  *paint(look: Look, scale: number, tx: number, ty: number): Generator<void, HTMLCanvasElement | null> {
    const margin = look.size + 2;
    const box = [
      (tx * TILE - margin) / scale,
      ((tx + 1) * TILE + margin) / scale,
      -((ty + 1) * TILE + margin) / scale,
      -(ty * TILE - margin) / scale,
    ] as const;
    let count = 0;
    look.index.within(box, (points) => {
      count += points.length;
    });
    if (!count) return null;
    if (count > DENSE) yield* this.density(look, scale, tx, ty, box);
    else yield* this.stamps(look, scale, tx, ty, box, count);
    const canvas = document.createElement("canvas");
    canvas.width = TILE;
    canvas.height = TILE;
    canvas.getContext("2d")!.putImageData(this.pixels, 0, 0);
    return canvas;
  }

  private *stamps(
    { xy, index, colouring, chosen, size }: Look,
    scale: number,
    tx: number,
    ty: number,
    box: readonly [number, number, number, number],
    count: number,
  ): Generator<void> {
    const { visible, rank, stamp } = colouring;
    const list = new Uint32Array(count);
    let n = 0;
    index.within(box, (points) => {
      for (const i of points) if (visible[i]) list[n++] = i;
    });
    const order = list.subarray(0, n);
    // Of one rank the later row lies on top, in every tile alike.
    order.sort((a, b) => rank[a] - rank[b] || a - b);
    new Uint32Array(this.pixels.data.buffer).fill(0);
    const stamps = stampsOf(size * 0.6);
    const put = (i: number, opacity: number) =>
      this.put(
        Math.round(xy[2 * i] * scale) - tx * TILE,
        Math.round(-xy[2 * i + 1] * scale) - ty * TILE,
        stamps[stamp[i]],
        colouring.rgb,
        3 * i,
        opacity,
      );
    yield;
    for (const isChosen of chosen ? [0, 1] : [1])
      for (let from = 0; from < n; from += STEP / 2) {
        for (const i of order.subarray(from, from + STEP / 2))
          if (!chosen || chosen[i] === isChosen) put(i, isChosen ? 1 : 0.22);
        yield;
      }
  }

  private put(x: number, y: number, stamp: Stamp, rgb: Uint8Array, at: number, opacity: number): void {
    const { data } = this.pixels;
    const { dx, dy, alpha } = stamp;
    for (let s = 0; s < alpha.length; s++) {
      const px = x + dx[s];
      const py = y + dy[s];
      if (px < 0 || py < 0 || px >= TILE || py >= TILE) continue;
      const k = 4 * (py * TILE + px);
      const over = (alpha[s] / 255) * opacity;
      const under = (data[k + 3] / 255) * (1 - over);
      const all = over + under;
      for (let c = 0; c < 3; c++) data[k + c] = (rgb[at + c] * over + data[k + c] * under) / all;
      data[k + 3] = 255 * all;
    }
  }

  /** Points as single pixels, or squares of two where a point is to be that large: mean colour, opaque by number. */
  private *density(
    { xy, index, colouring, chosen, size }: Look,
    scale: number,
    tx: number,
    ty: number,
    box: readonly [number, number, number, number],
  ): Generator<void> {
    const { sum } = this;
    sum.fill(0);
    const { rgb, visible } = colouring;
    const side = size >= 2 ? 2 : 1;
    const runs: Uint32Array[] = [];
    index.within(box, (points) => void runs.push(points));
    let done = 0;
    for (const points of runs) {
      for (const i of points) {
        if (!visible[i]) continue;
        const x = Math.round(xy[2 * i] * scale) - tx * TILE;
        const y = Math.round(-xy[2 * i + 1] * scale) - ty * TILE;
        const weight = chosen && !chosen[i] ? 0.05 : 1;
        for (let a = 0; a < side; a++)
          for (let b = 0; b < side; b++) {
            const [px, py] = [x + a, y + b];
            if (px < 0 || py < 0 || px >= TILE || py >= TILE) continue;
            const k = 4 * (py * TILE + px);
            sum[k] += weight * rgb[3 * i];
            sum[k + 1] += weight * rgb[3 * i + 1];
            sum[k + 2] += weight * rgb[3 * i + 2];
            sum[k + 3] += weight;
          }
      }
      done += points.length;
      if (done < STEP) continue;
      done = 0;
      yield;
    }
    const { data } = this.pixels;
    for (let k = 0; k < sum.length; k += 4) {
      const weight = sum[k + 3];
      if (weight === 0) {
        data[k + 3] = 0;
        continue;
      }
      data[k] = sum[k] / weight;
      data[k + 1] = sum[k + 1] / weight;
      data[k + 2] = sum[k + 2] / weight;
      data[k + 3] = 255 * (1 - 0.4 ** Math.min(8, weight));
    }
  }
}
