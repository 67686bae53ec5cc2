import type { ImageStack, PixelImage } from "../data/images/image.js";
import { type ImageSource, imageSource, type NamedThumbnail, thumbnail } from "./thumbnail.js";

/** A thumbnail of the middle of an image, and how many pixels of the image its side is. */
export interface SourceThumbnail extends NamedThumbnail {
  side: number;
}

/**
 * Thumbnails zoomed to the source in the middle, for images of which it fills a small part, as in MiraBest: the square
 * about the centre that holds 95 % of the light, a quarter wider. Brightness is drawn as its square root, so that jets
 * are seen beside the cores. Grey images only.
 */
export async function sourceThumbnails(
  source: ImageSource | ImageStack,
  indices: ArrayLike<number>,
  size = 120,
): Promise<SourceThumbnail[]> {
  const images = imageSource(source);
  return Promise.all(
    Array.from(indices, async (i) => {
      const middle = zoomed(await images.image(i));
      return { ...(await thumbnail(middle, size)), id: images.ids[i], side: middle.width };
    }),
  );
}

function zoomed({ data, width, height, channels }: PixelImage): PixelImage {
  if (channels !== 1)
    throw new Error(`sourceThumbnails: an image of ${channels} channels; it takes grey ones.`);
  const most = Math.floor(Math.min(width, height) / 2);
  const x0 = Math.floor(width / 2);
  const y0 = Math.floor(height / 2);
  // Light by how far from the centre a square must reach to hold it.
  const light = new Float64Array(most + 1);
  let peak = 0;
  for (let k = 0; k < data.length; k++) {
    const away = Math.max(Math.abs((k % width) - x0), Math.abs(Math.floor(k / width) - y0));
    light[Math.min(most, away)] += data[k];
    peak = Math.max(peak, data[k]);
  }
  const all = light.reduce((a, b) => a + b, 0);
  let half = 0;
  for (let held = light[0]; half < most && held < 0.95 * all; ) held += light[++half];
  half = Math.min(most, Math.max(8, Math.ceil(1.25 * half)));
  const side = Math.min(2 * half, width, height);
  const from = (centre: number, length: number) => Math.max(0, Math.min(centre - half, length - side));
  const [left, top] = [from(x0, width), from(y0, height)];
  const cut = new Uint8Array(side * side);
  for (let q = 0; q < cut.length; q++) {
    const value = data[(top + Math.floor(q / side)) * width + left + (q % side)];
    cut[q] = peak > 0 ? Math.round(255 * Math.sqrt(Math.max(0, value) / peak)) : 0;
  }
  return { data: cut, width: side, height: side, channels: 1 };
}
