import type { ByteSource } from "../../../files/byte-source.js";
import { fitsBlock } from "./header.js";
import type { FitsUnit } from "./units.js";

/** Bytes looked at at once, whole words; so few that their sum is exact in a double. */
const piece = 8 << 20;

/**
 * Null where a unit's data are what its DATASUM says (FITS standard 4.0, section 4.4.2.7 and appendix J: the sum of its
 * big-endian 32-bit words in ones' complement), or where it has none; else a clause. It is no reason to refuse: a
 * program that changes pixels may leave the old keyword where it was, as astropy does unless asked for a new one.
 * Cutouts read parts of a tile and are not held against it.
 */
export async function checkDatasum(source: ByteSource, unit: FitsUnit): Promise<string | null> {
  const said = unit.header.get("DATASUM");
  const promised = typeof said === "string" && /^\s*\d+\s*$/.test(said) ? Number(said) : said;
  // Data that are cut are named where they are read; the last block need not be filled up.
  if (typeof promised !== "number" || unit.offset + unit.bytes > source.size) return null;
  const end = unit.offset + Math.ceil(unit.bytes / fitsBlock) * fitsBlock;
  let sum = 0;
  for (let at = unit.offset; at < end && at < source.size; at += piece)
    sum = folded(sum + wordSum(await source.read(at, Math.min(piece, end - at))));
  // All ones are zero too.
  if (sum % 0xffffffff === promised % 0xffffffff) return null;
  return `its data sum to ${sum} and its DATASUM is ${promised}: they were damaged, or changed by a program that left the keyword as it was; they are used as they are`;
}

function wordSum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  let sum = 0;
  for (let at = 0; at < whole; at += 4) sum += view.getUint32(at);
  for (let at = whole; at < bytes.length; at++) sum += bytes[at] * 2 ** (24 - 8 * (at - whole));
  return sum;
}

/** What is carried out of the 32 bits comes in again below. */
function folded(sum: number): number {
  let left = sum;
  while (left > 0xffffffff) left = (left % 2 ** 32) + Math.floor(left / 2 ** 32);
  return left;
}
