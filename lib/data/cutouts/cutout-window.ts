/** Where a square cutout lies in an image of rows from the bottom, and what of it the image has. */
export interface CutoutWindow {
  side: number;
  /** The column and row of its first pixel; below 0 where it reaches beyond the image. */
  left: number;
  bottom: number;
  /** Columns x0 to x1 - 1 and rows y0 to y1 - 1 are in the image; none where it misses it. */
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

/** The pixels that `astropy.nddata.Cutout2D(data, (x, y), side, mode="partial")` takes. */
export function cutoutWindow(
  x: number,
  y: number,
  side: number,
  { width, height }: { width: number; height: number },
): CutoutWindow {
  const left = Math.ceil(x - side / 2);
  const bottom = Math.ceil(y - side / 2);
  const [x0, x1] = [Math.max(0, left), Math.min(width, left + side)];
  const [y0, y1] = [Math.max(0, bottom), Math.min(height, bottom + side)];
  // A place that is not a number has no pixels either.
  return x0 < x1 && y0 < y1
    ? { side, left, bottom, x0, x1, y0, y1 }
    : { side, left, bottom, x0: 0, x1: 0, y0: 0, y1: 0 };
}

/** Whether all of a cutout is in the image. */
export const isWhole = ({ side, x0, x1, y0, y1 }: CutoutWindow) => x1 - x0 === side && y1 - y0 === side;

/**
 * Copies rows `from` to `to` - 1 of the image into a cutout, whose rows go from the top, at `at` of `out`. `rows` holds
 * rows of the image from row `firstRow` and column `firstColumn` on, `stride` values to a row.
 */
export function copyRows(
  rows: Float32Array | Float64Array,
  { firstRow, firstColumn, stride }: { firstRow: number; firstColumn: number; stride: number },
  { side, left, bottom, x0, x1 }: CutoutWindow,
  from: number,
  to: number,
  out: Float32Array | Float64Array,
  at: number,
): void {
  const width = x1 - x0;
  for (let row = from; row < to; row++) {
    const source = (row - firstRow) * stride + x0 - firstColumn;
    const target = at + (bottom + side - 1 - row) * side + x0 - left;
    // A view of so short a row takes longer to make than its pixels to copy.
    if (width <= 256) for (let k = 0; k < width; k++) out[target + k] = rows[source + k];
    else out.set(rows.subarray(source, source + width), target);
  }
}
