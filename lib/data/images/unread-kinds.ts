import { imageNamePattern } from "./decode-image.js";

/** Kinds of image files that are not read, and what to do about each. */
const kinds: readonly { pattern: RegExp; reason: string }[] = [
  {
    pattern: /\.fz$/i,
    reason: "it is not called .fits.fz; rename it if it is tile-compressed FITS",
  },
  {
    pattern: /\.(avif|heic|heif|gif|bmp|jp2|j2k|jpx|jpf|jxl|psd|tga|ico)$/i,
    reason: convert("picture"),
  },
  { pattern: /\.(ppm|pgm|pbm|pnm|exr|hdr|xcf|pcx|svg|eps)$/i, reason: convert("picture") },
  { pattern: /\.(cr2|cr3|nef|arw|dng|raf|orf|rw2)$/i, reason: convert("camera raw") },
  { pattern: /\.(xisf|asdf|cub|nc|hdf|h5|hdf5|dcm|nii(\.gz)?|ser)$/i, reason: convert("scientific image") },
  {
    pattern: /\.(jpe?g|png|tiff?|webp)\.gz$/i,
    reason: "a gzipped picture is not read here; gunzip it, which makes it hardly larger",
  },
  {
    pattern: /\.(bz2|xz|zst|z|lz4|lzma)$/i,
    reason: "compression of this kind is not read here; decompress the file, or use gzip",
  },
  {
    pattern: /\.(zip|tar|tgz|tar\.gz|7z|rar)$/i,
    reason: "an archive within is not opened; open it by itself, or unpack it here",
  },
  {
    pattern: /(^|\/)(data_batch_\d+|test_batch)$/,
    reason: "a batch of images is not read beside pictures; open its folder by itself",
  },
  { pattern: /\.(npy|npz)$/i, reason: "a NumPy array is not read as an image; save it as FITS or TIFF" },
];

function convert(what: string): string {
  return `a ${what} of this kind is not read here; convert it to PNG, TIFF or FITS`;
}

/** Why a file that is an image by its name, or may hold images, is not read; null for one that is, and for all else. */
export function unreadKind(name: string): string | null {
  if (imageNamePattern.test(name)) return null;
  return kinds.find(({ pattern }) => pattern.test(name))?.reason ?? null;
}
