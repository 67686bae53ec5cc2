import type { PixelImage } from "./image.js";
import { lanczosResize } from "./lanczos.js";

/**
 * A byte image of exactly `width` x `height` with `channels` channels, resampled with Lanczos-3 where the size
 * differs. Grey becomes RGB by repetition, RGB becomes grey by Rec. 601 luma; both before resampling.
 */
export async function resizeImage(
  image: PixelImage,
  width: number,
  height: number,
  channels: number = image.channels,
): Promise<Uint8Array> {
  if (!(image.data instanceof Uint8Array))
    throw new Error("resizeImage takes byte images; apply stretchToBytes to float images first.");
  const data = withChannels(image.data, image.channels, channels);
  if (image.width === width && image.height === height) return data;
  const from = { width: image.width, height: image.height, channels: channels as 1 | 3 };
  return lanczosResize(data, from, width, height);
}

function withChannels(data: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return data;
  const n = data.length / from;
  const out = new Uint8Array(n * to);
  if (from === 1 && to === 3) for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / 3)];
  else if (from === 3 && to === 1)
    for (let i = 0; i < n; i++)
      out[i] = Math.round(0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2]);
  else throw new Error(`An image of ${from} channels cannot become one of ${to}; 1 and 3 are converted.`);
  return out;
}
