import type { Layout } from "plotly.js";
import type { PlaneBox } from "../discovery/propose-cuts.js";
import type { Matrix } from "../matrix.js";

/** Where a plane's points fall on the plot: what words between them are placed by. */
export interface PlaneUnits {
  /** Ranges of the two axes, in the units of the embedding. */
  ranges: readonly [[number, number], [number, number]];
  /** Units of the embedding for a pixel, along x and along y. */
  perPixel: readonly [number, number];
}

/** Free ground around the outermost points, in shares of their extent. */
const MARGIN = 0.06;

/** The ranges that show all of an n x 2 embedding and its boxes, and what a pixel is worth in the plot of a frame. */
export function planeUnits(
  embedding: Matrix,
  boxes: readonly PlaneBox[],
  { width, height, margin }: Partial<Layout>,
): PlaneUnits {
  const range = (j: 0 | 1): [number, number] => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const take = (value: number) => {
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    for (let i = 0; i < embedding.shape[0]; i++) take(embedding.data[2 * i + j]);
    for (const box of boxes) (j ? box.y : box.x).forEach(take);
    if (!(low < high)) return [(low || 0) - 1, (low || 0) + 1];
    const room = MARGIN * (high - low);
    return [round(low - room), round(high + room)];
  };
  const ranges = [range(0), range(1)] as const;
  const plot = [width! - margin!.l! - margin!.r!, height! - margin!.t! - margin!.b!];
  const perPixel = [0, 1].map((j) => (ranges[j][1] - ranges[j][0]) / Math.max(1, plot[j]));
  return { ranges, perPixel: [perPixel[0], perPixel[1]] };
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
