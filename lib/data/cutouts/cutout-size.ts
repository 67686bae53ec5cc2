import type { SourceCatalogue } from "./catalogue.js";

/**
 * How large a cutout is: a number of pixels, an angle ("30 arcsec", "0.5 arcmin"), or a column of the catalogue with
 * its unit (default the one that its file gives it, else arcsec) and by how much it is enlarged (default 1).
 */
export type CutoutSize =
  | number
  | string
  | { column: string; unit?: AngleUnit | "pixel"; factor?: number; minimum?: number; maximum?: number };

type AngleUnit = "arcsec" | "arcmin" | "deg";
const arcseconds: Record<AngleUnit, number> = { arcsec: 1, arcmin: 60, deg: 3600 };
/** A cutout larger than this is a mistake of units. */
const LARGEST = 4096;

/** The side in pixels of source `row` on a tile of `scale` arcseconds a pixel. */
export function cutoutSides(
  size: CutoutSize,
  catalogue: SourceCatalogue,
): (row: number, scale: number) => number {
  const whole = (pixels: number, row: number): number => {
    const side = Math.max(1, Math.round(pixels));
    if (!(side <= LARGEST))
      throw new Error(
        `The cutout of ${catalogue.ids[row]} would be ${Number.isFinite(pixels) ? side : pixels} pixels wide; up to ${LARGEST} are cut. Look at the size and its unit.`,
      );
    return side;
  };
  if (typeof size === "number") {
    if (!(Number.isInteger(size) && size >= 1 && size <= LARGEST))
      throw new Error(`size: ${size} is not a number of pixels from 1 to ${LARGEST}.`);
    return () => size;
  }
  if (typeof size === "string") {
    const match = /^\s*(\d+(?:\.\d+)?)\s*(px|pixels?|arcsec|arcmin|deg|"|')\s*$/.exec(size);
    if (!match)
      throw new Error(
        `size: "${size}" is no size; give pixels (64) or an angle ("30 arcsec", "0.5 arcmin").`,
      );
    const unit = match[2] === '"' ? "arcsec" : match[2] === "'" ? "arcmin" : match[2];
    const value = Number(match[1]);
    if (unit.startsWith("p")) return (row) => whole(value, row);
    const angle = value * arcseconds[unit as AngleUnit];
    return (row, scale) => whole(angle / scale, row);
  }
  const {
    unit = unitOf(catalogue.sizeUnit),
    factor = 1,
    minimum = 0,
    maximum = Number.POSITIVE_INFINITY,
  } = size;
  const values = catalogue.sizes!;
  const each = unit === "pixel" ? null : arcseconds[unit];
  if (each === undefined) throw new Error(`size: the unit "${unit}" is not arcsec, arcmin, deg or pixel.`);
  return (row, scale) => {
    const value = values[row];
    if (!(value > 0))
      throw new Error(`The ${size.column} of ${catalogue.ids[row]} is ${value}; a size must be above 0.`);
    const pixels = each === null ? value * factor : (value * factor * each) / scale;
    return whole(Math.min(maximum, Math.max(minimum, pixels)), row);
  };
}

/** The unit of a column as FITS, VOTable and ECSV files write it. */
function unitOf(given = "arcsec"): AngleUnit | "pixel" {
  const word = given.trim().toLowerCase();
  if (/^(arcsec(onds?)?|arcs|asec|"|'')$/.test(word)) return "arcsec";
  if (/^(arcmin(utes?)?|amin|')$/.test(word)) return "arcmin";
  if (/^deg(rees?)?$/.test(word)) return "deg";
  if (/^pix(els?)?$/.test(word)) return "pixel";
  throw new Error(
    `size: the catalogue's column is in ${given}; arcsec, arcmin, deg and pixel are read: say which with unit.`,
  );
}
