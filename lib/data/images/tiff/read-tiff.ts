import { emptyPixels, type PixelImage } from "../image.js";
import { decodePage } from "./decode-page.js";
import { zstd } from "./decompress.js";
import { tiffDirectories } from "./directory.js";
import { checkWhole, type TiffPage, tiffPage } from "./page.js";

/**
 * The image of a TIFF or BigTIFF with the values it holds. One sample a pixel is one channel; three samples, or three
 * pages of one, are three; transparency is dropped; other numbers of planes are refused, as they are of FITS. Pages
 * that are marked as a smaller copy or a mask of another do not count. Null for pictures of 8 bits a sample, which an
 * image library reads as well: these were only found to be whole.
 */
export function readTiff(bytes: Uint8Array, maxPixels: number): PixelImage | null {
  const { littleEndian, pages } = tiffDirectories(bytes);
  // NewSubfileType: 1 a reduced copy, 4 a mask.
  const full = pages.filter((tags) => ((tags.get(254)?.[0] ?? 0) & 5) === 0).map(tiffPage);
  const first = full[0];
  if (!first) throw new Error("none of its pages is an image in full");
  const { width, height } = first;
  const unread = colourUnread(first, full.length);
  if (unread) throw new Error(unread);
  if (width * height > maxPixels)
    throw new Error(`it is ${width} x ${height} pixels, more than the ${maxPixels} read here`);
  const other = full.find((p) => p.width !== width || p.height !== height);
  if (other)
    throw new Error(
      `its ${full.length} pages differ in size (${width} x ${height}, ${other.width} x ${other.height}): save the one wanted`,
    );
  if (full.length === 1 && isPicture(first)) {
    checkWhole(first, bytes.length);
    return null;
  }
  const planes = full.length * (first.samples - first.alpha);
  if (planes !== 1 && planes !== 3)
    throw new Error(
      `it has ${full.length} ${full.length === 1 ? "page" : "pages"} of ${first.samples} samples a pixel; one plane, or three, are read here`,
    );
  for (const page of full) checkWhole(page, bytes.length);
  if (full.length === 1)
    return { data: decodePage(bytes, first, planes, littleEndian), width, height, channels: planes };
  const decoded = full.map((page) => {
    if (page.samples !== first.samples || page.bits !== first.bits || page.format !== first.format)
      throw new Error("its pages hold different kinds of numbers: save the one wanted");
    return decodePage(bytes, page, 1, littleEndian);
  });
  return { data: interleaved(decoded), width, height, channels: planes };
}

/**
 * Why the colours of a page are not read, or null. libvips shows the luma and chroma of a YCbCr picture as red, green and
 * blue unless JPEG compressed it (6 and 7), and has no L*a*b* of bytes; the numbers of several such pages mean nothing
 * without their palette.
 */
function colourUnread(page: TiffPage, pages: number): string | null {
  const { photometric, compression, samples, alpha } = page;
  const space = colourSpaces[photometric];
  if (!space) return null;
  if (photometric === 5 && samples - alpha !== 4)
    return `it is of ${samples - alpha} inks, which is not read here; save it as RGB`;
  if (pages > 1) return `its ${pages} pages are in ${space}: save the one wanted`;
  const isRead = photometric === 6 ? compression === 6 || compression === 7 : photometric < 6;
  return isRead ? null : `its colours are in ${space}, which is not read here; save it as RGB`;
}

/** By PhotometricInterpretation, beyond grey and RGB. */
const colourSpaces: Readonly<Record<number, string>> = {
  3: "the colours of a palette",
  5: "CMYK",
  6: "YCbCr",
  8: "CIE L*a*b*",
  9: "ICC L*a*b*",
  10: "ITU L*a*b*",
};

/** Bytes, a palette or a picture's colour space: nothing that a picture library would round or mix up. */
function isPicture(page: TiffPage): boolean {
  const { bits, format, planar, photometric, samples, alpha, compression } = page;
  const isTiledPlane = page.separate && page.block.tiled;
  // A palette, CMYK, YCbCr, Lab: what its numbers mean is the library's to know.
  if (photometric > 2 && photometric <= 10) return true;
  const expected = photometric === 2 ? 3 : 1;
  return (
    bits <= 8 &&
    compression !== zstd &&
    format === "unsigned" &&
    !(planar || isTiledPlane) &&
    samples - alpha === expected
  );
}

function interleaved(planes: readonly PixelImage["data"][]): PixelImage["data"] {
  const n = planes[0].length;
  const out = emptyPixels(planes[0], n * planes.length);
  for (const [c, plane] of planes.entries())
    for (let i = 0; i < n; i++) out[i * planes.length + c] = plane[i];
  return out;
}
