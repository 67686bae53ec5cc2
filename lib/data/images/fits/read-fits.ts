import type { ByteSource } from "../../../files/byte-source.js";
import type { PixelImage } from "../image.js";
import { checkDatasum } from "./check-datasum.js";
import { chooseUnit } from "./choose-unit.js";
import { fitsImage } from "./fits-image.js";
import { readFitsRegion } from "./read-region.js";
import { physicalArray } from "./stored-values.js";
import { fitsUnits } from "./units.js";

/**
 * The image of a FITS file (FITS standard 4.0), rows from the top: FITS stores the bottom row first, so rows are
 * flipped, as every viewer does. Any BITPIX (8, 16, 32, 64, -32, -64), plain or in tiles compressed with Rice or
 * gzip; physical value = BZERO + BSCALE x stored, integers equal to BLANK become NaN. The unit is that of
 * `chooseUnit`. Two axes give one channel; a third axis of length 3 gives three interleaved channels; further axes
 * must have length 1. 32-bit floats where these hold the file's values, else doubles. Data that are not those of their
 * DATASUM are read, and `doubt` says so.
 */
export async function readFits(
  source: ByteSource,
  options: { unit?: number | string; maxPixels?: number } = {},
): Promise<PixelImage> {
  const image = fitsImage(chooseUnit(await fitsUnits(source), options.unit));
  const [width, height] = image.axes;
  const rest = image.axes.slice(2).filter((n) => n !== 1);
  const channels = rest[0] ?? 1;
  if (rest.length > 1 || (channels !== 1 && channels !== 3))
    throw new Error(`its image has axes ${image.axes.join(" x ")}; two axes, or three planes, are read here`);
  if (width * height > (options.maxPixels ?? Number.POSITIVE_INFINITY))
    throw new Error(`it is ${width} x ${height} pixels, more than the ${options.maxPixels} read here`);
  const data = physicalArray(image, width * height * channels);
  for (let c = 0; c < channels; c++) {
    const plane = await readFitsRegion(source, image, { x: 0, y: 0, width, height, plane: c });
    for (let row = 0; row < height; row++) {
      const from = (height - 1 - row) * width;
      if (channels === 1) data.set(plane.subarray(from, from + width), row * width);
      else for (let x = 0; x < width; x++) data[(row * width + x) * channels + c] = plane[from + x];
    }
  }
  const doubt = await checkDatasum(source, image.unit);
  return { data, width, height, channels, ...(doubt && { doubt }) };
}
