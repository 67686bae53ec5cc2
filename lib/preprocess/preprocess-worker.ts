import type { PixelImage } from "../data/image.js";
import { type Stretch, stretchToBytes } from "../data/stretch.js";
import type { SourceBoxOptions } from "./central-source-box.js";
import type { Box } from "./contours.js";
import { cropAndResize } from "./crop.js";
import { findSourceBox } from "./find-source-box.js";

export interface PreprocessContext extends SourceBoxOptions {
  size: number;
  channels: 1 | 3;
  stretch?: Stretch;
}

export interface PreprocessedImage {
  data: Uint8Array;
  box: Box | null;
  reason?: string;
}

/** Section 2.1 for one decoded image. */
export async function work(image: PixelImage, context: PreprocessContext): Promise<PreprocessedImage> {
  const { box, reason } = findSourceBox(image, context);
  const bytes = stretchToBytes(image, context.stretch);
  const { data } = await cropAndResize(bytes, box, context.size, context.channels);
  // A view of pooled memory cannot be handed to another thread without its neighbours.
  const own = data.byteLength === data.buffer.byteLength ? data : data.slice();
  return { data: own as Uint8Array, box, reason };
}
