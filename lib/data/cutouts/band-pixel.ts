import type { TileBand } from "./survey-tile.js";

/**
 * Where a source lies in band `b` of a tile, by that band's own coordinates: bands are seldom on one grid to the
 * pixel. (x, y) is its pixel in the first band. NaN where the band has no such place.
 */
export function bandPixel(
  bands: readonly TileBand[],
  b: number,
  { ra, dec, x, y }: { ra: number; dec: number; x: number; y: number },
): [x: number, y: number] {
  if (b === 0) return [x, y];
  const [first, band] = [bands[0].wcs, bands[b].wcs];
  const ratio = band.pixelScale / first.pixelScale;
  if (Math.abs(ratio - 1) > 0.01)
    throw new Error(
      `The bands of a tile have pixels of ${first.pixelScale.toFixed(3)} and ${band.pixelScale.toFixed(3)} arcsec; bring them to one grid first.`,
    );
  return band.toPixel(ra, dec) ?? [Number.NaN, Number.NaN];
}
