import type { PixelImage } from "../data/images/image.js";
import { type Stretch, stretchToBytes } from "../data/images/stretch.js";
import { type CentralSource, centralSourceBox, type SourceBoxOptions } from "./central-source-box.js";
import type { PixelBox } from "./contours.js";
import { cropAndResize, cropDefaults, cropImage } from "./crop.js";

/** Every intermediate of section 2.1 for one image, to be drawn step by step. */
export interface ExplainedPreprocess extends CentralSource {
  /** The contour's own bounding box. */
  contourBox: PixelBox | null;
  /** The original image as bytes. */
  original: PixelImage;
  /** The mask as a grey image, 0 or 255. */
  maskImage: PixelImage;
  /** The original inside the enlarged box; the whole original where there is none. */
  crop: PixelImage;
  /** What goes to the network. */
  result: PixelImage;
}

/** The same steps as `preprocess`, for one image, keeping everything. */
export function explainPreprocess(
  image: PixelImage,
  options: SourceBoxOptions & { size?: number; stretch?: Stretch } = {},
): ExplainedPreprocess {
  const source = centralSourceBox(image, options);
  const original = stretchToBytes(image, options.stretch);
  const { width, height } = image;
  return {
    ...source,
    contourBox: source.contour?.box ?? null,
    original,
    maskImage: { data: source.mask.map((v) => 255 * v), width, height, channels: 1 },
    crop: source.box ? cropImage(original, source.box) : original,
    result: cropAndResize(original, source.box, options.size ?? cropDefaults.size),
  };
}
