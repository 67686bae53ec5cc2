import { readFitsRegion } from "../images/fits/read-region.js";
import { type CutoutWindow, copyRows } from "./cutout-window.js";
import type { TileBand } from "./survey-tile.js";

/** Whether a tile whose cutouts cover `wanted` pixels has so few that they are read one by one. */
export const isSparse = (wanted: number, { width, height }: TileBand) => wanted < 0.25 * width * height;

/** Reads a cutout's own pixels and no others into `out` from `at` on; returns how many bytes of pixels were read. */
export async function cutRegion(
  { source, image }: TileBand,
  place: CutoutWindow,
  out: Float32Array | Float64Array,
  at: number,
): Promise<number> {
  const { x0, x1, y0, y1 } = place;
  const region = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
  const pixels = await readFitsRegion(source, image, region);
  copyRows(pixels, { firstRow: y0, firstColumn: x0, stride: region.width }, place, y0, y1, out, at);
  return (region.width * region.height * Math.abs(image.bitpix)) / 8;
}
