import sharp from "sharp";
import { type ImageSource, thumbnailBytes } from "../figures/thumbnail.js";

/**
 * A JPEG of `count` thumbnails from `from` on, laid out row by row, `perSide` in a row. An image that cannot be read
 * leaves its place grey: one broken file must not cost the page.
 */
export async function spriteSheet(options: {
  images: ImageSource;
  from: number;
  count: number;
  size: number;
  perSide: number;
}): Promise<Buffer> {
  const { images, from, count, size, perSide } = options;
  const width = perSide * size;
  const height = Math.ceil(count / perSide) * size;
  const sheet = new Uint8Array(width * height * 3).fill(90);
  await Promise.all(
    Array.from({ length: count }, async (_, k) => {
      const tile = await pixels(images, from + k, size).catch(() => null);
      if (!tile) return;
      const x = (k % perSide) * size;
      const y = Math.floor(k / perSide) * size;
      for (let row = 0; row < size; row++)
        sheet.set(tile.subarray(row * size * 3, (row + 1) * size * 3), ((y + row) * width + x) * 3);
    }),
  );
  return sharp(sheet, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 74, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

async function pixels(images: ImageSource, i: number, size: number): Promise<Buffer> {
  // Through the thumbnail's own encoder, so that floats are stretched the same way here and in the figures.
  const jpeg = await thumbnailBytes(await images.image(i), size, 95);
  return sharp(jpeg)
    .resize(size, size, { fit: "contain", background: "#000" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer();
}
