import type { ByteSource } from "../../../files/byte-source.js";
import { type FitsHeader, fitsBlock, headerInteger, isFits, readFitsHeader } from "./header.js";

/** One header-data unit: its keywords, and where its data lie in the file. */
export interface FitsUnit {
  /** Its place in the file; 0 is the primary one. */
  index: number;
  header: FitsHeader;
  /** Axis lengths, fastest first (NAXIS1 is the width). */
  axes: number[];
  /** Byte of the file at which the data start. */
  offset: number;
  /** Bytes of data that the header promises, without padding. */
  bytes: number;
}

const bitpixes = [8, 16, 32, 64, -32, -64];

/**
 * Every unit of a FITS file (FITS standard 4.0), by its headers alone. A file cut inside its first header is refused;
 * a unit whose data are cut is listed, as whoever reads it finds out, and nothing is looked for behind it.
 */
export async function fitsUnits(source: ByteSource): Promise<FitsUnit[]> {
  const starts = async (at: number) => Buffer.from(await source.read(at, 9)).toString("latin1");
  if (!isFits(await starts(0))) throw new Error('it is not FITS: it does not start with "SIMPLE  ="');
  const units: FitsUnit[] = [];
  for (let at = 0; at + fitsBlock <= source.size || units.length === 0; ) {
    // Anything may follow the last unit; only an extension goes on.
    if (units.length > 0 && (await starts(at)) !== "XTENSION=") break;
    const { header, end } = await readFitsHeader(source, at);
    const axes = axesOf(header, "NAXIS");
    const bytes = dataBytes(header, axes);
    units.push({ index: units.length, header, axes, offset: end, bytes });
    at = end + Math.ceil(bytes / fitsBlock) * fitsBlock;
  }
  return units;
}

/** "2 SCI": how a unit is spoken of. */
export function unitName({ index, header }: FitsUnit): string {
  const name = header.get("EXTNAME");
  return name === undefined ? String(index) : `${index} ${name}`;
}

/** BITPIX or ZBITPIX, one of the six that exist. */
export function bitpixOf(header: FitsHeader, key: "BITPIX" | "ZBITPIX"): number {
  const bitpix = headerInteger(header, key);
  if (!bitpixes.includes(bitpix))
    throw new Error(`its ${key} is ${bitpix}; 8, 16, 32, 64, -32 and -64 exist`);
  return bitpix;
}

/** The lengths under NAXISn, or ZNAXISn for an image that is stored in tiles. */
export function axesOf(header: FitsHeader, key: "NAXIS" | "ZNAXIS"): number[] {
  const count = headerInteger(header, key, 0);
  if (count < 0 || count > 999) throw new Error(`its ${key} is ${count}; an image has 0 to 999 axes`);
  const axes = Array.from({ length: count }, (_, i) => headerInteger(header, `${key}${i + 1}`));
  if (axes.some((n) => n < 0))
    throw new Error(`its header gives impossible axis lengths ${axes.join(" x ")}`);
  return axes;
}

function dataBytes(header: FitsHeader, axes: readonly number[]): number {
  // Random groups: the first axis is 0 and does not count.
  const counted = header.get("GROUPS") === true && axes[0] === 0 ? axes.slice(1) : axes;
  const values = counted.length ? counted.reduce((a, b) => a * b, 1) : 0;
  const each = Math.abs(bitpixOf(header, "BITPIX")) / 8;
  const groups = headerInteger(header, "GCOUNT", 1);
  const bytes = each * groups * (headerInteger(header, "PCOUNT", 0) + values);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new Error(`its header gives impossible axis lengths ${axes.join(" x ")}`);
  return bytes;
}
