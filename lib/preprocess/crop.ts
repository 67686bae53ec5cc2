import type { PixelImage } from "../data/image.js";
import { resizeImage } from "../data/resize-image.js";
import type { Box } from "./contours.js";

/** The part of an image inside `box`, which must lie within it. */
export function cropImage(image: PixelImage, box: Box): PixelImage {
  const { data, width, height, channels } = image;
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
  const row = box.width * channels;
  const out =
    data instanceof Uint8Array ? new Uint8Array(row * box.height) : new Float32Array(row * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.y + y) * width + box.x) * channels;
    out.set(data.subarray(from, from + row), y * row);
  }
  return { data: out, width: box.width, height: box.height, channels };
}

/** Crop and Lanczos resize to a square of `size` pixels (paper 2.1); without a box the whole image. */
export async function cropAndResize(
  image: PixelImage,
  box: Box | null,
  size: number,
  channels = image.channels,
): Promise<PixelImage> {
  const cropped = box ? cropImage(image, box) : image;
  return { data: await resizeImage(cropped, size, size, channels), width: size, height: size, channels };
}
