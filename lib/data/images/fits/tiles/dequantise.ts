/** What turns a tile's integers back into floats. */
export interface TileQuantisation {
  scale: number;
  zero: number;
  blank: number | null;
  dither: 0 | 1 | 2;
  seed: number;
}

/** The integer that SUBTRACTIVE_DITHER_2 keeps for a value of exactly 0. */
const exactZero = -2147483646;
let table: Float32Array | null = null;

/**
 * Floats from a tile's integers (FITS standard 4.0, section 10.2): zero + scale x stored, and with subtractive
 * dithering zero + scale x (stored - r + 0.5) with r the next number of a table of 10 000 that every reader has.
 */
export function dequantise(
  stored: ArrayLike<number>,
  bitpix: number,
  tile: number,
  { scale, zero, blank, dither, seed }: TileQuantisation,
): Float32Array | Float64Array {
  const out = bitpix === -64 ? new Float64Array(stored.length) : new Float32Array(stored.length);
  if (dither === 0) {
    for (let i = 0; i < out.length; i++) out[i] = stored[i] === blank ? Number.NaN : stored[i] * scale + zero;
    return out;
  }
  table ??= randomTable();
  let start = (tile + seed - 1) % table.length;
  let next = firstRandom(table, start);
  for (let i = 0; i < out.length; i++) {
    const v = stored[i];
    out[i] =
      v === blank ? Number.NaN : dither === 2 && v === exactZero ? 0 : (v - table[next] + 0.5) * scale + zero;
    if (++next === table.length) {
      start = (start + 1) % table.length;
      next = firstRandom(table, start);
    }
  }
  return out;
}

const firstRandom = (random: Float32Array, start: number) => Math.trunc(Math.fround(random[start] * 500));

/** The standard's random numbers (appendix I): seed' = 16807 seed mod 2^31 - 1, from 1 on, as a share of 2^31 - 1. */
function randomTable(): Float32Array {
  const modulus = 2147483647;
  let seed = 1;
  return Float32Array.from({ length: 10_000 }, () => {
    seed = (16807 * seed) % modulus;
    return seed / modulus;
  });
}
