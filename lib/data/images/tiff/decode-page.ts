import type { PixelImage } from "../image.js";
import { areSamplesRead, blockValues } from "./block-values.js";
import { compressionName, isLossless } from "./decompress.js";
import { blockGrid, type TiffPage } from "./page.js";

/**
 * The first `channels` samples of every pixel of a page, interleaved, with the values of the file: bytes where
 * samples have up to 8 bits without a sign, 32-bit floats where these hold every value, else doubles.
 * The page must be whole (`checkWhole`).
 */
export function decodePage(
  bytes: Uint8Array,
  page: TiffPage,
  channels: number,
  littleEndian: boolean,
): PixelImage["data"] {
  const { width, height, block, samples, planar, bits, format } = page;
  if (!isLossless(page.compression))
    throw new Error(
      `it is compressed with ${compressionName(page.compression)}, which is not read for its pixels`,
    );
  if (!areSamplesRead(page))
    throw new Error(`its samples are ${format} numbers of ${bits} bits, which are not read here`);
  const predictors = bits % 8 ? [1] : format === "float" ? [1, 2, 3] : [1, 2];
  if (!predictors.includes(page.predictor) || !page.highBitFirst)
    throw new Error(`its predictor ${page.predictor} or order of bits is not read here`);
  const length = width * height * channels;
  const out = emptyValues(page, length);
  const { across, down } = blockGrid(page);
  // Side by side: a block holds all samples. Else one plane after another.
  const [planes, stride] = planar ? [channels, 1] : [1, samples];
  for (let plane = 0; plane < planes; plane++)
    for (let blockRow = 0; blockRow < down; blockRow++) {
      const top = blockRow * block.height;
      const rows = Math.min(block.height, height - top);
      for (let blockColumn = 0; blockColumn < across; blockColumn++) {
        const index = (plane * down + blockRow) * across + blockColumn;
        const values = blockValues(bytes, page, index, block.tiled ? block.height : rows, littleEndian);
        const left = blockColumn * block.width;
        const columns = Math.min(block.width, width - left);
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++) {
            const from = (y * block.width + x) * stride;
            const to = ((top + y) * width + left + x) * channels + plane;
            if (planar) out[to] = values[from];
            else for (let c = 0; c < channels; c++) out[to + c] = values[from + c];
          }
      }
    }
  // White is zero: a negative.
  if (page.photometric === 0 && format === "unsigned") {
    const white = 2 ** bits - 1;
    for (let i = 0; i < length; i++) out[i] = white - out[i];
  }
  if (out instanceof Uint8Array && bits < 8) {
    const scale = 255 / (2 ** bits - 1);
    for (let i = 0; i < length; i++) out[i] = Math.round(out[i] * scale);
  }
  return out;
}

function emptyValues({ bits, format }: TiffPage, length: number): PixelImage["data"] {
  if (format === "unsigned" && bits <= 8) return new Uint8Array(length);
  const exact = bits <= 16 || (bits === 32 && format === "float");
  return exact ? new Float32Array(length) : new Float64Array(length);
}
