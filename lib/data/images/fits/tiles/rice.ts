/** Bits that say how a block is coded, the code that says "as they are", and bits of a value: by bytes a pixel. */
const widths = {
  1: { code: 3, plain: 6, bits: 8 },
  2: { code: 4, plain: 14, bits: 16 },
  4: { code: 5, plain: 25, bits: 32 },
} as const;

/**
 * Rice decompression as the FITS standard has it (4.0, section 10.4.1; White, Pence & Seaman 2013, RICE_1): the first
 * value as it is, then blocks of differences from the value before. A block opens with its split position k: -1 all
 * differences are 0, the largest means that they are not coded, else each is a unary count of 2^k and k low bits.
 * Differences are folded: 0, -1, 1, -2 ... are 0, 1, 2, 3.
 */
export function riceDecode(
  bytes: Uint8Array,
  count: number,
  bytePix: 1 | 2 | 4,
  blockSize: number,
): Uint8Array | Int16Array | Int32Array {
  if (!(blockSize >= 1)) throw new Error(`its BLOCKSIZE is ${blockSize}`);
  const { code, plain, bits } = widths[bytePix];
  const out =
    bytePix === 1 ? new Uint8Array(count) : bytePix === 2 ? new Int16Array(count) : new Int32Array(count);
  let at = 0;
  /** Bits read but not used: the low `held` of `buffer`. */
  let buffer = 0;
  let held = 0;
  const nextByte = () => {
    if (at >= bytes.length) throw new Error("a tile of its image ends too early");
    return bytes[at++];
  };
  /** The next n <= 25 bits. */
  const take = (n: number) => {
    while (held < n) {
      buffer = ((buffer << 8) | nextByte()) >>> 0;
      held += 8;
    }
    held -= n;
    const value = buffer >>> held;
    buffer &= (1 << held) - 1;
    return value;
  };
  let last = 0;
  for (let i = 0; i < bytePix; i++) last = (last << 8) | nextByte();

  for (let from = 0; from < count; from += blockSize) {
    const to = Math.min(from + blockSize, count);
    const k = take(code) - 1;
    if (k > plain) throw new Error("a tile of its image is damaged");
    for (let i = from; i < to; i++) {
      if (k >= 0) {
        let folded: number;
        if (k === plain) folded = bits === 32 ? ((take(16) << 16) | take(16)) >>> 0 : take(bits);
        else {
          let ones = 0;
          while (buffer === 0) {
            ones += held;
            buffer = nextByte();
            held = 8;
          }
          // The first set bit ends the unary count.
          const zeros = held - (32 - Math.clz32(buffer));
          ones += zeros;
          held -= zeros + 1;
          buffer &= (1 << held) - 1;
          folded = ((ones << k) | take(k)) >>> 0;
        }
        last = (last + (folded & 1 ? ~(folded >>> 1) : folded >>> 1)) | 0;
      }
      // The array keeps the low bits, so that differences wrap as they do in the compressor.
      out[i] = last;
    }
  }
  return out;
}
