import type { PixelImage } from "./image.js";

export type FitsValue = string | number | boolean;

/** One header-data unit: its keywords, and where its data lie in the file. */
export interface FitsUnit {
  header: ReadonlyMap<string, FitsValue>;
  /** Axis lengths, fastest first (NAXIS1 is the width). */
  axes: number[];
  offset: number;
  bytes: number;
}

const block = 2880;
const card = 80;
/** A header longer than this many blocks has lost its END (the longest seen in surveys are some tens). */
const maxHeaderBlocks = 2000;

/**
 * The image of a FITS file (FITS standard 4.0) as 32-bit floats, rows from the top: FITS stores the bottom row
 * first, so rows are flipped, as every viewer does. Any BITPIX (8, 16, 32, 64, -32, -64); physical value =
 * BZERO + BSCALE x stored, integers equal to BLANK become NaN. The first unit with an image is read, or the one
 * named by `unit` (an index, or an EXTNAME). Two axes give one channel; a third axis of length 3 gives three
 * interleaved channels; further axes must have length 1.
 */
export function readFits(
  file: Uint8Array,
  options: { unit?: number | string; maxPixels?: number } = {},
): PixelImage {
  const units = fitsUnits(file);
  const unit = chooseUnit(units, options.unit);
  const bitpix = Number(unit.header.get("BITPIX"));
  const [width, height] = unit.axes;
  const rest = unit.axes.slice(2).filter((n) => n !== 1);
  const channels = rest[0] ?? 1;
  if (rest.length > 1 || (channels !== 1 && channels !== 3))
    throw new Error(`its image has axes ${unit.axes.join(" x ")}; two axes, or three planes, are read here`);
  if (width * height > (options.maxPixels ?? Number.POSITIVE_INFINITY))
    throw new Error(`it is ${width} x ${height} pixels, more than the ${options.maxPixels} read here`);
  if (unit.offset + unit.bytes > file.length)
    throw new Error(
      `it is truncated: its header promises ${unit.bytes} bytes of data, ${Math.max(0, file.length - unit.offset)} are there`,
    );
  const scale = numberOr(unit.header.get("BSCALE"), 1);
  const zero = numberOr(unit.header.get("BZERO"), 0);
  const blank = bitpix > 0 ? unit.header.get("BLANK") : undefined;
  const value = pixelReader(file, unit.offset, bitpix);
  const data = new Float32Array(width * height * channels);
  for (let c = 0, i = 0; c < channels; c++)
    for (let row = height - 1; row >= 0; row--)
      for (let x = 0; x < width; x++, i++) {
        const stored = value(i);
        data[(row * width + x) * channels + c] = stored === blank ? Number.NaN : zero + scale * stored;
      }
  return { data, width, height, channels };
}

/** Every unit of the file, by its headers; a file cut inside its first header is refused, later cuts are left out. */
export function fitsUnits(file: Uint8Array): FitsUnit[] {
  if (ascii(file, 0, 9) !== "SIMPLE  =")
    throw new Error('it is not FITS: it does not start with "SIMPLE  ="');
  const units: FitsUnit[] = [];
  for (let at = 0; at + block <= file.length || units.length === 0; ) {
    // Anything may follow the last unit; only an extension goes on.
    if (units.length > 0 && ascii(file, at, 9) !== "XTENSION=") break;
    const { header, end } = readHeader(file, at);
    const bitpix = numberOr(header.get("BITPIX"), 8);
    if (![8, 16, 32, 64, -32, -64].includes(bitpix))
      throw new Error(`its BITPIX is ${bitpix}; 8, 16, 32, 64, -32 and -64 exist`);
    const naxis = numberOr(header.get("NAXIS"), 0);
    const axes = Array.from({ length: Math.min(naxis, 999) }, (_, i) =>
      numberOr(header.get(`NAXIS${i + 1}`), 0),
    );
    const size =
      (Math.abs(bitpix) / 8) *
      numberOr(header.get("GCOUNT"), 1) *
      (numberOr(header.get("PCOUNT"), 0) + (axes.length ? axes.reduce((a, b) => a * b, 1) : 0));
    if (!Number.isSafeInteger(size) || size < 0 || axes.some((n) => !Number.isInteger(n) || n < 0))
      throw new Error("its header gives impossible axis lengths");
    units.push({ header, axes, offset: end, bytes: size });
    at = end + Math.ceil(size / block) * block;
  }
  return units;
}

function chooseUnit(units: FitsUnit[], wanted: number | string | undefined): FitsUnit {
  const isImage = (u: FitsUnit) =>
    u.axes.length >= 2 && u.axes[0] * u.axes[1] > 0 && (u.header.get("XTENSION") ?? "IMAGE") === "IMAGE";
  if (wanted === undefined) {
    const first = units.find(isImage);
    if (first) return first;
    if (units.some((u) => u.header.get("ZIMAGE") === true))
      throw new Error("its image is tile-compressed; decompress it with funpack first");
    throw new Error("none of its units holds an image");
  }
  const unit =
    typeof wanted === "number" ? units[wanted] : units.find((u) => u.header.get("EXTNAME") === wanted);
  const names = units.map((u, i) => `${i}${u.header.has("EXTNAME") ? ` ${u.header.get("EXTNAME")}` : ""}`);
  if (!unit) throw new Error(`it has no unit ${wanted}; it has ${names.join(", ")}`);
  if (!isImage(unit)) throw new Error(`its unit ${wanted} is not an image`);
  return unit;
}

function readHeader(file: Uint8Array, start: number): { header: Map<string, FitsValue>; end: number } {
  const header = new Map<string, FitsValue>();
  for (let at = start; at < start + maxHeaderBlocks * block; at += card) {
    if (at + card > file.length) throw new Error("it is truncated inside its header");
    const text = ascii(file, at, card);
    const key = text.slice(0, 8).trimEnd();
    if (key === "END") return { header, end: start + Math.ceil((at + card - start) / block) * block };
    if (text.slice(8, 10) === "= " && !header.has(key)) {
      const value = parseValue(text.slice(10));
      if (value !== null) header.set(key, value);
    }
  }
  throw new Error("its header has no END");
}

/** A card's value: 'text' with doubled quotes, T or F, or a number (D exponents allowed); null for none of these. */
function parseValue(field: string): FitsValue | null {
  const text = /^\s*'((?:[^']|'')*)'/.exec(field);
  if (text) return text[1].replaceAll("''", "'").trimEnd();
  const word = field.split("/")[0].trim();
  if (word === "T" || word === "F") return word === "T";
  return /^[+-]?(\d+\.?\d*|\.\d+)([EDed][+-]?\d+)?$/.test(word) ? Number(word.replace(/[Dd]/, "E")) : null;
}

function pixelReader(file: Uint8Array, offset: number, bitpix: number): (i: number) => number {
  const view = new DataView(file.buffer, file.byteOffset + offset);
  if (bitpix === 8) return (i) => view.getUint8(i);
  if (bitpix === 16) return (i) => view.getInt16(2 * i);
  if (bitpix === 32) return (i) => view.getInt32(4 * i);
  if (bitpix === 64) return (i) => Number(view.getBigInt64(8 * i));
  if (bitpix === -32) return (i) => view.getFloat32(4 * i);
  return (i) => view.getFloat64(8 * i);
}

const numberOr = (value: FitsValue | undefined, otherwise: number) =>
  typeof value === "number" ? value : otherwise;

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.max(0, Math.min(length, bytes.length - at))).toString(
    "latin1",
  );
