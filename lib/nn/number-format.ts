import { halfToFloat } from "../half-float.js";

/** How weight files store numbers: bytes each, and their values as f32 (little-endian, `raw` at any alignment). */
export interface NumberFormat {
  size: number;
  decode(raw: Uint8Array): Float32Array;
}

export type FormatName = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U8" | "BOOL";

/** A copy at offset 0 of its own buffer, so that any typed array can look at it. */
const aligned = (raw: Uint8Array) => new Uint8Array(raw).buffer;

function bfloat16(raw: Uint8Array): Float32Array {
  const bits = new Uint16Array(aligned(raw));
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16;
  return new Float32Array(out.buffer);
}

export const numberFormats: Readonly<Record<FormatName, NumberFormat>> = {
  F64: { size: 8, decode: (raw) => new Float32Array(new Float64Array(aligned(raw))) },
  F32: { size: 4, decode: (raw) => new Float32Array(aligned(raw)) },
  F16: { size: 2, decode: (raw) => Float32Array.from(new Uint16Array(aligned(raw)), halfToFloat) },
  BF16: { size: 2, decode: bfloat16 },
  I64: { size: 8, decode: (raw) => Float32Array.from(new BigInt64Array(aligned(raw)), Number) },
  I32: { size: 4, decode: (raw) => new Float32Array(new Int32Array(aligned(raw))) },
  I16: { size: 2, decode: (raw) => new Float32Array(new Int16Array(aligned(raw))) },
  I8: { size: 1, decode: (raw) => new Float32Array(new Int8Array(aligned(raw))) },
  U8: { size: 1, decode: (raw) => new Float32Array(raw) },
  BOOL: { size: 1, decode: (raw) => new Float32Array(raw) },
};
