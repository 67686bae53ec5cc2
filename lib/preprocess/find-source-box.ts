import type { PixelImage } from "../data/images/image.js";
import { numeric } from "../engine/numeric/numeric.js";
import {
  centralSourceBox,
  enlargeBox,
  maskLevel,
  noCentralContour,
  type SourceBoxOptions,
  selectChannel,
  settledSourceBox,
} from "./central-source-box.js";
import type { PixelBox } from "./contours.js";
import { sigmaClippedCounts } from "./sigma-clip.js";

/**
 * The box of `centralSourceBox` (paper 2.1) without the steps on the way, for streaming: bytes are counted, masked and
 * followed by native loops that stop at the contour around the centre, at a tenth of the time. Without the addon,
 * for floats and where pixels are missing, it is `centralSourceBox` itself; both give the same box and the same reason.
 */
export function findSourceBox(
  image: PixelImage,
  options: SourceBoxOptions = {},
): { box: PixelBox | null; reason?: string } {
  const { sigma, maxIters, threshold, channel, missing, enlarge } = settledSourceBox(options);
  const native = nativeBox();
  const holed = image.missing !== undefined && missing === "ignored";
  if (!(image.data instanceof Uint8Array) || holed || !native) return centralSourceBox(image, options);
  const { width, height } = image;
  const plane = channel === 0 ? image.data : (selectChannel(image, channel) as Uint8Array);
  const stride = channel === 0 ? image.channels : 1;

  const counts = new Uint32Array(256);
  native.byteCounts(plane, stride, width * height, counts);
  const level = maskLevel(sigmaClippedCounts(counts, { sigma, maxIters }), sigma, threshold);
  const found = new Int32Array(5);
  native.centralContour(plane, stride, width, height, level, found);
  const [contours, x, y, contourWidth, contourHeight] = found;
  if (contourWidth === 0) return { box: null, reason: noCentralContour(contours) };
  return { box: enlargeBox({ x, y, width: contourWidth, height: contourHeight }, enlarge, width, height) };
}

/** The native loops; an addon built before it had them is as good as none. */
export function nativeBox() {
  const { byteCounts, centralContour } = numeric() ?? {};
  return byteCounts && centralContour ? { byteCounts, centralContour } : null;
}
