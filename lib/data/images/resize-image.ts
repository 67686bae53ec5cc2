import type { PixelImage } from "./image.js";
import { lanczosResize } from "./lanczos.js";
import { luma } from "./luma.js";

export interface ResizeOptions {
  /** Default: the image's own. */
  channels?: number;
  /** What of the image is looked at; default all of it. It must lie within. */
  part?: { x: number; y: number; width: number; height: number };
  /** Where the bytes go, width x height x channels; default new ones. */
  into?: Uint8Array;
}

/**
 * A byte image, or a part of one, as exactly `width` x `height` pixels, resampled with Lanczos-3. Grey becomes RGB by
 * repetition, RGB becomes grey by Rec. 601 luma; both before resampling.
 */
export function resizeImage(
  image: PixelImage,
  width: number,
  height: number,
  options: ResizeOptions = {},
): Uint8Array {
  if (!(image.data instanceof Uint8Array))
    throw new Error("resizeImage takes byte images; apply stretchToBytes to float images first.");
  const { channels = image.channels, into } = options;
  const part = options.part ?? { x: 0, y: 0, width: image.width, height: image.height };
  const data = withChannels(image.data, image.channels, channels);
  const stride = image.width * channels;
  const from = { width: part.width, height: part.height, channels: channels as 1 | 3, stride };
  // At its own size every pixel has one tap of weight 1: Lanczos returns the image as it is.
  return lanczosResize(data.subarray(part.y * stride + part.x * channels), from, width, height, into);
}

function withChannels(data: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return data;
  const n = data.length / from;
  const out = new Uint8Array(n * to);
  if (from === 1 && to === 3) for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / 3)];
  else if (from === 3 && to === 1)
    for (let i = 0; i < n; i++) out[i] = Math.round(luma(data[3 * i], data[3 * i + 1], data[3 * i + 2]));
  else throw new Error(`An image of ${from} channels cannot become one of ${to}; 1 and 3 are converted.`);
  return out;
}
