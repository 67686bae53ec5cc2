import { emptyPixels, type PixelImage } from "../data/images/image.js";
import { resizeImage } from "../data/images/resize-image.js";
import type { PixelBox } from "./contours.js";

/** The side of a preprocessed image in pixels (section 2.1). */
export const cropDefaults: Readonly<{ size: number }> = { size: 300 };

/** The part of an image inside `box`, which must lie within it. */
export function cropImage(image: PixelImage, box: PixelBox): PixelImage {
  checkBox(image, box);
  const { data, width, channels } = image;
  const row = box.width * channels;
  const out = emptyPixels(data, row * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.y + y) * width + box.x) * channels;
    out.set(data.subarray(from, from + row), y * row);
  }
  const cut = { data: out, width: box.width, height: box.height, channels };
  if (!image.missing) return cut;
  const mask = cropImage({ data: image.missing, width, height: image.height, channels: 1 }, box);
  return { ...cut, missing: mask.data as Uint8Array };
}

/** Crop and Lanczos resize to a square of `size` pixels (paper 2.1); without a box the whole image. */
export function cropAndResize(
  image: PixelImage,
  box: PixelBox | null,
  size: number,
  { channels = image.channels, into }: { channels?: number; into?: Uint8Array } = {},
): PixelImage {
  if (box) checkBox(image, box);
  const data = resizeImage(image, size, size, { part: box ?? undefined, channels, into });
  return { data, width: size, height: size, channels };
}

function checkBox({ width, height }: PixelImage, box: PixelBox): void {
  if (
    box.x < 0 ||
    box.y < 0 ||
    box.width < 1 ||
    box.height < 1 ||
    box.x + box.width > width ||
    box.y + box.height > height
  )
    throw new Error(
      `The box ${box.width} x ${box.height} at (${box.x}, ${box.y}) does not lie in an image of ${width} x ${height}.`,
    );
}
