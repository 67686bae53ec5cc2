import { inflateSync } from "node:zlib";
import { decompress as zstdDecompress } from "fzstd";
import { lzwDecode } from "./lzw.js";

/** A compression that the libtiff of image libraries often lacks. */
export const zstd = 50000;

/** Compressions of TIFF that lose nothing and are undone here: number of the tag to function. */
const methods: Readonly<Record<number, (bytes: Uint8Array, length: number) => Uint8Array>> = {
  1: (bytes) => bytes,
  5: lzwDecode,
  8: (bytes, length) => inflateSync(bytes, { maxOutputLength: length }),
  32946: (bytes, length) => inflateSync(bytes, { maxOutputLength: length }),
  32773: packBits,
  [zstd]: (bytes, length) => zstdDecompress(bytes, new Uint8Array(length)),
};

const names: Readonly<Record<number, string>> = {
  2: "CCITT",
  3: "CCITT fax 3",
  4: "CCITT fax 4",
  6: "old JPEG",
  7: "JPEG",
  34676: "SGI log",
  34677: "SGI log 24",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50001: "WebP",
  50002: "JPEG XL",
};

/** Whether `decompress` knows a compression. */
export const isLossless = (compression: number): boolean => Object.hasOwn(methods, compression);

/** How a compression is spoken of. */
export const compressionName = (compression: number): string => names[compression] ?? `number ${compression}`;

/** A strip or tile, decompressed to at most `length` bytes: too few is for the caller to see. */
export function decompress(bytes: Uint8Array, compression: number, length: number): Uint8Array {
  return methods[compression](bytes, length);
}

/** Apple's PackBits: a count, then that many bytes, or one byte so many times. */
function packBits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; at < bytes.length && filled < length; ) {
    const count = bytes[at++];
    if (count === 128) continue;
    const run = count < 128 ? count + 1 : 257 - count;
    const part = count < 128 ? bytes.subarray(at, at + run) : null;
    if (part && part.length < run) break;
    const room = Math.min(run, length - filled);
    if (part) out.set(part.subarray(0, room), filled);
    else out.fill(bytes[at], filled, filled + room);
    filled += room;
    at += part ? run : 1;
  }
  return out.subarray(0, filled);
}
