import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import sharp from "sharp";
import { bytesInMemory } from "../../files/byte-source.js";
import { decodeJpeg } from "../turbo-jpeg/turbo-jpeg.js";
import { readFits } from "./fits/read-fits.js";
import type { PixelImage } from "./image.js";
import { readJpegHeader } from "./jpeg-header.js";
import { type Stretch, stretchToBytes } from "./stretch.js";

export interface DecodeOptions {
  /** Turns the floats of FITS and of float TIFF into bytes; without it they stay Float32. */
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
export const imageNamePattern = /\.(jpe?g|png|tiff?|(fits?|fts)(\.gz)?)$/i;

/**
 * One image from the bytes of a JPEG (libjpeg-turbo or sharp), PNG, TIFF (sharp) or FITS file, told apart by their first bytes. Transparency is
 * dropped, 16-bit values are scaled to bytes, float TIFF stays float. Errors are a clause that says what is wrong
 * ("it is truncated ..."), for the caller to put the image's name before.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<PixelImage> {
  const maxPixels = options.maxPixels ?? defaultMaxPixels;
  if (bytes.length === 0) throw new Error("it is empty (0 bytes)");
  const signature = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(9, bytes.length)).toString("latin1");
  if (signature === "SIMPLE  =" || signature.startsWith("\x1f\x8b")) {
    const file = signature === "SIMPLE  =" ? bytes : await gunzipFits(bytes, maxPixels);
    const image = await readFits(bytesInMemory(file), { unit: options.fitsUnit, maxPixels });
    return options.stretch ? stretchToBytes(image, options.stretch) : image;
  }
  if (!/^(\xff\xd8\xff|\x89PNG|II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(signature))
    throw new Error("it is not a JPEG, PNG, TIFF or FITS file");
  const image = await decodePicture(bytes, maxPixels);
  return options.stretch ? stretchToBytes(image, options.stretch) : image;
}

async function decodePicture(bytes: Uint8Array, maxPixels: number): Promise<PixelImage> {
  try {
    // The header alone first: no pixel is decoded before its size is known to be sane.
    const jpeg = readJpegHeader(bytes);
    const header = jpeg ?? (await sharp(bytes, { limitInputPixels: false }).metadata());
    const { width, height } = header;
    if (width * height > maxPixels)
      throw new Error(`it is ${width} x ${height} pixels, more than the ${maxPixels} read here`);
    const decoded = jpeg && (await decodeJpeg(bytes, jpeg));
    if (decoded) return decoded;
    // "truncated" refuses cut files and passes the harmless warnings of many survey JPEGs.
    const input = sharp(bytes, { failOn: "truncated", limitInputPixels: maxPixels }).removeAlpha();
    // Left alone, sharp makes three channels of one.
    if (header.space === "b-w" || header.space === "grey16") input.toColourspace("b-w");
    if (header.depth === "float" || header.depth === "double") {
      const { data, info } = await input.raw({ depth: "float" }).toBuffer({ resolveWithObject: true });
      return {
        data: new Float32Array(new Uint8Array(data).buffer),
        width: info.width,
        height: info.height,
        channels: info.channels,
      };
    }
    const { data, info } = await input.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: info.channels };
  } catch (cause) {
    const message = (cause as Error).message;
    if (message.startsWith("it is ")) throw cause;
    throw new Error(`it does not decode (${message.trim().split("\n")[0].slice(0, 200)})`, { cause });
  }
}

async function gunzipFits(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array> {
  try {
    // Eight bytes for each of three planes is the most a FITS image within the limit can have.
    return await unzip(bytes, { maxOutputLength: Math.min(24 * maxPixels, 1024 ** 3) });
  } catch (cause) {
    throw new Error(`its gzip does not decompress (${(cause as Error).message})`, { cause });
  }
}
