import { halfToFloat } from "../../../half-float.js";
import { decompress } from "./decompress.js";
import { blockBytes, type TiffPage } from "./page.js";

/** The samples of one strip or tile: rows of the block's width. */
export type SampleArray = Exclude<ArrayLike<number>, string>;

type Constructor = new (buffer: ArrayBuffer) => ArrayLike<number>;
const arrays: Readonly<Record<string, Constructor>> = {
  "unsigned 8": Uint8Array,
  "signed 8": Int8Array,
  "unsigned 16": Uint16Array,
  "signed 16": Int16Array,
  "float 16": Uint16Array,
  "unsigned 32": Uint32Array,
  "signed 32": Int32Array,
  "float 32": Float32Array,
  "float 64": Float64Array,
};

/** Whether samples of this kind are read: the widths of numbers, and unsigned ones packed into any bits up to 16. */
export function areSamplesRead({ format, bits }: TiffPage): boolean {
  return `${format} ${bits}` in arrays || (bits === 64 && format !== "float") || isPacked(format, bits);
}

const isPacked = (format: string, bits: number) => format === "unsigned" && bits >= 1 && bits < 16;

/** The samples of strip or tile `index`, `rows` rows of it; errors are a clause about the file. */
export function blockValues(
  bytes: Uint8Array,
  page: TiffPage,
  index: number,
  rows: number,
  littleEndian: boolean,
): SampleArray {
  const packed = bytes.subarray(page.offsets[index], page.offsets[index] + page.counts[index]);
  const needed = blockBytes(page, rows);
  let raw: Uint8Array;
  try {
    raw = decompress(packed, page.compression, blockBytes(page, page.block.height));
  } catch (cause) {
    // Decoders that ran over their end speak of their buffers.
    const reason = cause instanceof RangeError ? "it is longer than its pixels" : (cause as Error).message;
    throw new Error(`its strip or tile ${index + 1} does not decompress (${reason})`, { cause });
  }
  if (raw.length < needed)
    throw new Error(`its strip or tile ${index + 1} holds ${raw.length} of ${needed} bytes`);
  const own = Buffer.from(new Uint8Array(raw.subarray(0, needed)).buffer);
  const { format, bits, predictor } = page;
  const samples = page.planar ? 1 : page.samples;
  const rowLength = page.block.width * samples;
  if (bits % 8 !== 0) return unpacked(own, bits, rowLength, rows);
  if (predictor === 3) undoFloatPredictor(own, bits / 8, rowLength, samples);
  // The floating point predictor leaves the highest byte first, whatever the order of the file.
  if (bits > 8 && (predictor === 3 || !littleEndian)) {
    if (bits === 16) own.swap16();
    else if (bits === 32) own.swap32();
    else own.swap64();
  }
  if (predictor === 2) undoDifferences(own.buffer, bits, rowLength, samples);
  if (bits === 64 && format !== "float") {
    const Wide = format === "signed" ? BigInt64Array : BigUint64Array;
    return Float64Array.from(new Wide(own.buffer), Number);
  }
  const values = new arrays[`${format} ${bits}`](own.buffer);
  return format === "float" && bits === 16 ? Float32Array.from(values, halfToFloat) : values;
}

/** Samples of any number of bits, from the highest on; rows start at whole bytes. */
function unpacked(bytes: Uint8Array, bits: number, rowLength: number, rows: number): Uint16Array {
  const out = new Uint16Array(rowLength * rows);
  const rowBytes = Math.ceil((rowLength * bits) / 8);
  for (let row = 0; row < rows; row++) {
    let buffer = 0;
    let held = 0;
    let at = row * rowBytes;
    for (let i = 0; i < rowLength; i++) {
      while (held < bits) {
        buffer = ((buffer << 8) | bytes[at++]) & 0xffffff;
        held += 8;
      }
      held -= bits;
      out[row * rowLength + i] = (buffer >>> held) & ((1 << bits) - 1);
    }
  }
  return out;
}

/** Predictor 2: each sample is the difference from the one before it in its row, in its own width. */
function undoDifferences(buffer: ArrayBuffer, bits: number, rowLength: number, samples: number): void {
  if (bits === 64) {
    const values = new BigUint64Array(buffer);
    for (let i = 0; i < values.length; i++) if (i % rowLength >= samples) values[i] += values[i - samples];
    return;
  }
  const values =
    bits === 8 ? new Uint8Array(buffer) : bits === 16 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  for (let i = 0; i < values.length; i++) if (i % rowLength >= samples) values[i] += values[i - samples];
}

/** Predictor 3 (Adobe's note 3): the bytes of a row by significance, highest first, and those as differences. */
function undoFloatPredictor(bytes: Uint8Array, size: number, rowLength: number, samples: number): void {
  const rowBytes = size * rowLength;
  for (let start = 0; start < bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes);
    for (let i = samples; i < rowBytes; i++) row[i] += row[i - samples];
    const planes = new Uint8Array(row);
    for (let i = 0; i < rowLength; i++)
      for (let b = 0; b < size; b++) row[i * size + b] = planes[b * rowLength + i];
  }
}
