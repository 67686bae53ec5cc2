import { type FitsHeader, headerInteger, headerNumber } from "./header.js";
import { type TiledImage, tiledImage } from "./tiles/tiled-image.js";
import { axesOf, bitpixOf, type FitsUnit } from "./units.js";

/** What it takes to read the pixels of a unit, whether they lie in the file as they are or in compressed tiles. */
export interface FitsImage {
  unit: FitsUnit;
  /** Axis lengths, fastest first; at least two. */
  axes: number[];
  /** How a pixel is stored: bits, negative for floating point. */
  bitpix: number;
  /** Physical value = zero + scale x stored (BZERO, BSCALE). */
  scale: number;
  zero: number;
  /** The stored integer that stands for "no value" (BLANK); null where there is none. */
  blank: number | null;
  /** Null where the pixels lie there uncompressed. */
  tiles: TiledImage | null;
}

/** Whether a unit is an image of two axes or more, plain or tile-compressed. */
export function holdsImage({ header, axes }: FitsUnit): boolean {
  const long = (lengths: readonly number[]) => lengths.length >= 2 && lengths.every((n) => n > 0);
  if (header.get("ZIMAGE") === true) return long(axesOf(header, "ZNAXIS"));
  return long(axes) && (header.get("XTENSION") ?? "IMAGE") === "IMAGE";
}

/** The image of a unit for which `holdsImage` is true. */
export function fitsImage(unit: FitsUnit): FitsImage {
  const { header } = unit;
  const tiled = header.get("ZIMAGE") === true;
  const axes = tiled ? axesOf(header, "ZNAXIS") : unit.axes;
  const bitpix = bitpixOf(header, tiled ? "ZBITPIX" : "BITPIX");
  const values = axes.reduce((a, b) => a * b, 1);
  if (!Number.isSafeInteger(8 * values) || (!tiled && unit.bytes < values * (Math.abs(bitpix) / 8)))
    throw new Error(`its header gives impossible axis lengths ${axes.join(" x ")} for ${unit.bytes} bytes`);
  const scale = headerNumber(header, "BSCALE", 1);
  const zero = headerNumber(header, "BZERO", 0);
  if (scale === 0) throw new Error("its BSCALE is 0, which makes every pixel the same");
  const blankKey = header.has("BLANK") || !tiled ? "BLANK" : "ZBLANK";
  const blank = bitpix > 0 && header.has(blankKey) ? wholeNumber(header, blankKey) : null;
  return { unit, axes, bitpix, scale, zero, blank, tiles: tiled ? tiledImage(unit, axes, bitpix) : null };
}

/** The whole number of a keyword; the ends of 64 bits too, which a double rounds as it does the pixels. */
function wholeNumber(header: FitsHeader, key: string): number {
  const value = headerNumber(header, key, 0);
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 63 ? value : headerInteger(header, key);
}
