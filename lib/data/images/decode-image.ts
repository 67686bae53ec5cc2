import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import sharp from "sharp";
import { bytesInMemory } from "../../files/byte-source.js";
import { decodeJpeg } from "../turbo-jpeg/turbo-jpeg.js";
import { isFits } from "./fits/header.js";
import { readFits } from "./fits/read-fits.js";
import type { PixelImage } from "./image.js";
import { readJpegHeader } from "./jpeg-header.js";
import { type Stretch, stretchToBytes } from "./stretch.js";
import { readTiff } from "./tiff/read-tiff.js";
import { whyUnreadPng } from "./why-unread-png.js";

export interface DecodeOptions {
  /** Turns numbers (FITS, TIFF and PNG of more than 8 bits) into bytes; without it they stay what they are. */
  stretch?: Stretch;
  /** Which unit of a FITS file: index, EXTNAME or "EXTNAME,EXTVER"; default that of `chooseUnit`. */
  fitsUnit?: number | string;
  /** Most pixels of an image, checked on its header before anything is decoded. */
  maxPixels?: number;
}

/** 10 000 x 10 000: larger than any cutout, small enough for memory. */
const defaultMaxPixels = 100_000_000;
const unzip = promisify(gunzip) as (
  data: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>;

/** The file names taken to be images. */
export const imageNamePattern = /\.(jpe?g|png|webp|tiff?|(fits?|fts)(\.gz|\.fz)?)$/i;

/**
 * One image from the bytes of a FITS, TIFF, PNG, WebP or JPEG file, told apart by their first bytes. FITS and TIFF
 * keep their numbers (`readFits`, `readTiff`), 16-bit PNG as well; transparency is dropped. A file that does not
 * decode whole is refused, never filled up with black. Errors are a clause that says what is wrong ("it is truncated
 * ..."), for the caller to put the image's name before.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<PixelImage> {
  const image = await decodeValues(bytes, options);
  if (!(image.data instanceof Uint8Array) && !image.data.some(Number.isFinite))
    throw new Error("it holds no number: every pixel is NaN, blank or infinite");
  return options.stretch ? stretchToBytes(image, options.stretch) : image;
}

async function decodeValues(bytes: Uint8Array, options: DecodeOptions): Promise<PixelImage> {
  const maxPixels = options.maxPixels ?? defaultMaxPixels;
  if (bytes.length === 0) throw new Error("it is empty (0 bytes)");
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.length)).toString("latin1");
  if (isFits(start) || start.startsWith("\x1f\x8b")) {
    const file = isFits(start) ? bytes : await gunzipFits(bytes, maxPixels);
    return readFits(bytesInMemory(file), { unit: options.fitsUnit, maxPixels });
  }
  if (/^(II[*+]\0|MM\0[*+])/.test(start))
    return readTiff(bytes, maxPixels) ?? (await decodePicture(bytes, maxPixels, "error"));
  const damaged = start.startsWith("\x89PNG") ? whyUnreadPng(bytes) : null;
  if (damaged) throw new Error(damaged);
  if (/^(\xff\xd8\xff|\x89PNG|RIFF[\s\S]{4}WEBP)/.test(start))
    // "truncated" refuses cut files and passes the harmless warnings of many survey JPEGs.
    return decodePicture(bytes, maxPixels, "truncated");
  throw new Error("it is not a JPEG, PNG, WebP, TIFF or FITS file");
}

/** What libjpeg-turbo or libvips read: bytes, or the 16 bits of a PNG. */
async function decodePicture(
  bytes: Uint8Array,
  maxPixels: number,
  failOn: "truncated" | "error",
): Promise<PixelImage> {
  try {
    // The header alone first: no pixel is decoded before its size is known to be sane.
    const jpeg = readJpegHeader(bytes);
    const header = jpeg ?? (await sharp(bytes, { limitInputPixels: false }).metadata());
    const { width, height } = header;
    if (width * height > maxPixels)
      throw new Error(`it is ${width} x ${height} pixels, more than the ${maxPixels} read here`);
    const decoded = jpeg && (await decodeJpeg(bytes, jpeg));
    if (decoded) return decoded;
    if ("format" in header && header.format === "webp" && (header.pages ?? 1) > 1)
      throw new Error(`it is an animation of ${header.pages} frames; one image is read`);
    const input = sharp(bytes, { failOn, limitInputPixels: maxPixels }).removeAlpha();
    const grey = header.space === "b-w" || header.space === "grey16";
    const deep = header.depth === "ushort";
    // Left alone, sharp makes three channels of one, and bytes of 16 bits.
    if (grey || deep) input.toColourspace(deep ? (grey ? "grey16" : "rgb16") : "b-w");
    const { data, info } = await input
      .raw({ depth: deep ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const numbers = deep ? Float32Array.from(new Uint16Array(new Uint8Array(data).buffer)) : data;
    return { data: numbers, width: info.width, height: info.height, channels: info.channels };
  } catch (cause) {
    const message = (cause as Error).message;
    if (message.startsWith("it is ")) throw cause;
    throw new Error(`it does not decode (${message.trim().split("\n")[0].slice(0, 200)})`, { cause });
  }
}

async function gunzipFits(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array> {
  let file: Buffer;
  try {
    // Eight bytes for each of three planes is the most a FITS image within the limit can have.
    file = await unzip(bytes, { maxOutputLength: Math.min(24 * maxPixels, 1024 ** 3) });
  } catch (cause) {
    throw new Error(`its gzip does not decompress (${(cause as Error).message})`, { cause });
  }
  if (file[0] === 0x1f && file[1] === 0x8b) throw new Error("it is gzipped twice; gunzip it once");
  if (!isFits(file.toString("latin1", 0, 9)))
    throw new Error("it is a gzip that does not hold FITS; of other images gunzip the file");
  return file;
}
