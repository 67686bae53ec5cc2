import type { PixelImage } from "../data/images/image.js";
import { type Stretch, stretchToBytes } from "../data/images/stretch.js";
import type { SourceBoxOptions } from "./central-source-box.js";
import type { PixelBox } from "./contours.js";
import { cropAndResize } from "./crop.js";
import { findSourceBox } from "./find-source-box.js";

export interface PreprocessContext extends SourceBoxOptions {
  size: number;
  channels: 1 | 3;
  stretch?: Stretch;
}

export interface PreprocessedImage {
  data: Uint8Array;
  box: PixelBox | null;
  reason?: string;
}

/** Section 2.1 for one decoded image; its pixels are written to `into`, where that is given. */
export function work(image: PixelImage, context: PreprocessContext, into?: Uint8Array): PreprocessedImage {
  const { size, channels, stretch } = context;
  const { box, reason } = findSourceBox(image, context);
  const { data } = cropAndResize(stretchToBytes(image, stretch), box, size, { channels, into });
  return { data: data as Uint8Array, box, reason };
}
