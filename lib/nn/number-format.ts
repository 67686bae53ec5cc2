import { halfToFloat } from "../half-float.js";

/** How weight files store numbers: bytes each, and their values as f32 (little-endian, `raw` at any alignment). */
export interface NumberFormat {
  size: number;
  decode(raw: Uint8Array): Float32Array;
}

export type FormatName =
  | ("F64" | "F32" | "F16" | "BF16" | "F8_E4M3" | "F8_E5M2")
  | ("I64" | "I32" | "I16" | "I8" | "U64" | "U32" | "U16" | "U8" | "BOOL");

/** A copy at offset 0 of its own buffer, so that any typed array can look at it. */
const aligned = (raw: Uint8Array) => new Uint8Array(raw).buffer;

function bfloat16(raw: Uint8Array): Float32Array {
  const bits = new Uint16Array(aligned(raw));
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16;
  return new Float32Array(out.buffer);
}

/**
 * An 8-bit float of 4 bits of exponent and 3 of fraction, without infinities (Micikevicius et al. 2022,
 * arXiv:2209.05433, table 1).
 */
function e4m3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 3) & 15, bits & 7];
  if (exponent === 15 && fraction === 7) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (1 + fraction / 8) * 2 ** (exponent - 7));
}

export const numberFormats: Readonly<Record<FormatName, NumberFormat>> = {
  F64: { size: 8, decode: (raw) => new Float32Array(new Float64Array(aligned(raw))) },
  F32: { size: 4, decode: (raw) => new Float32Array(aligned(raw)) },
  F16: { size: 2, decode: (raw) => Float32Array.from(new Uint16Array(aligned(raw)), halfToFloat) },
  BF16: { size: 2, decode: bfloat16 },
  F8_E4M3: { size: 1, decode: (raw) => Float32Array.from(raw, e4m3) },
  // The upper half of a half-precision float.
  F8_E5M2: { size: 1, decode: (raw) => Float32Array.from(raw, (bits) => halfToFloat(bits << 8)) },
  I64: { size: 8, decode: (raw) => Float32Array.from(new BigInt64Array(aligned(raw)), Number) },
  I32: { size: 4, decode: (raw) => new Float32Array(new Int32Array(aligned(raw))) },
  I16: { size: 2, decode: (raw) => new Float32Array(new Int16Array(aligned(raw))) },
  I8: { size: 1, decode: (raw) => new Float32Array(new Int8Array(aligned(raw))) },
  U64: { size: 8, decode: (raw) => Float32Array.from(new BigUint64Array(aligned(raw)), Number) },
  U32: { size: 4, decode: (raw) => new Float32Array(new Uint32Array(aligned(raw))) },
  U16: { size: 2, decode: (raw) => new Float32Array(new Uint16Array(aligned(raw))) },
  U8: { size: 1, decode: (raw) => new Float32Array(raw) },
  BOOL: { size: 1, decode: (raw) => new Float32Array(raw) },
};
