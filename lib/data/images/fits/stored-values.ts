import type { FitsImage } from "./fits-image.js";

/** Numbers as they stand in the file, in this machine's byte order. */
export type StoredValues = Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** Big-endian bytes as numbers of BITPIX `bitpix`: a copy. */
export function storedValues(bytes: Uint8Array, bitpix: number): StoredValues {
  const size = Math.abs(bitpix) / 8;
  const copy = Buffer.from(new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % size))).buffer);
  if (size === 1) return new Uint8Array(copy.buffer);
  if (size === 2) return new Int16Array(copy.swap16().buffer);
  if (size === 4)
    return bitpix < 0 ? new Float32Array(copy.swap32().buffer) : new Int32Array(copy.swap32().buffer);
  return bitpix < 0 ? new Float64Array(copy.swap64().buffer) : new BigInt64Array(copy.swap64().buffer);
}

/** An array for `length` physical values of `image`. */
export function physicalArray(image: FitsImage, length: number): Float32Array | Float64Array {
  return needsDoubles(image) ? new Float64Array(length) : new Float32Array(length);
}

/**
 * Physical values: zero + scale x stored, NaN for BLANK; computed in doubles, written to `out` from `at` on.
 * 64-bit integers with an offset that is whole (unsigned ones, BZERO 2^63) are added as integers: in doubles the low
 * digits would be gone before the offset brings the value back to where doubles hold it.
 */
export function writePhysical(
  stored: StoredValues,
  image: FitsImage,
  out: Float32Array | Float64Array,
  at: number,
): void {
  const { scale, zero, blank } = image;
  if (stored instanceof BigInt64Array) {
    // Beyond 2^53 a double holds BLANK no better than it does the pixels.
    const exact = blank !== null && Number.isSafeInteger(blank) ? BigInt(blank) : null;
    const isNone = (v: bigint) => v === exact || (blank !== null && exact === null && Number(v) === blank);
    const whole = scale === 1 && Number.isInteger(zero) ? BigInt(zero) : null;
    for (let i = 0; i < stored.length; i++)
      out[at + i] = isNone(stored[i])
        ? Number.NaN
        : whole !== null
          ? Number(stored[i] + whole)
          : zero + scale * Number(stored[i]);
  } else if (stored instanceof Float32Array || stored instanceof Float64Array || blank === null)
    for (let i = 0; i < stored.length; i++) out[at + i] = zero + scale * stored[i];
  else
    for (let i = 0; i < stored.length; i++)
      out[at + i] = stored[i] === blank ? Number.NaN : zero + scale * stored[i];
}

/** Whether 32-bit floats would round away what the file tells apart, or reach past their ends. */
function needsDoubles({ bitpix, scale, zero }: FitsImage): boolean {
  if (bitpix === 8 || bitpix === 16) {
    const largest = Math.abs(zero) + Math.abs(scale) * 2 ** bitpix;
    return largest > 3e38 || Math.abs(scale) < 1e-37 || Math.abs(scale) < largest * 2 ** -23;
  }
  return bitpix !== -32 || scale !== 1 || zero !== 0;
}
