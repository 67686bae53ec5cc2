import { emptyPixels, type PixelImage } from "../data/images/image.js";
import { luma } from "../data/images/luma.js";
import { type Contour, contourContains, outerContours, type PixelBox } from "./contours.js";
import { type ClippedStats, sigmaClippedStats } from "./sigma-clip.js";

export interface SourceBoxOptions {
  /** Clipping of the statistics, and the paper's threshold, in standard deviations. */
  sigma?: number;
  maxIters?: number;
  /**
   * "paper" (the text of section 2.1): median + sigma std. "astronomaly" (what the package's function does): clipped
   * at sigma, but thresholded at median + 1 std.
   */
  threshold?: "paper" | "astronomaly";
  /** What is thresholded: the first channel, as Astronomaly does, or Rec. 601 luminance. */
  channel?: 0 | "luminance";
  /**
   * What pixels without a number (NaN, infinities) are, which survey edges are made of. "ignored": they count neither
   * for the background nor as a source. "zero" (the literal way of the paper and of Astronomaly, numpy's
   * `nan_to_num`): they are pixels of value 0, which is right for images whose sky was subtracted; on a sky level
   * they widen the background until the source drowns in it.
   */
  missing?: "ignored" | "zero";
  /** How much wider and higher than the contour's bounding box the crop is. */
  enlarge?: number;
}

/** What section 2.1 chose; what it leaves open is as Astronomaly has it. */
export const sourceBoxDefaults: Readonly<Required<SourceBoxOptions>> = {
  sigma: 4,
  maxIters: 5,
  threshold: "paper",
  channel: 0,
  missing: "ignored",
  enlarge: 2,
};

/** `options` with `sourceBoxDefaults` for what they leave out. */
export function settledSourceBox(options: SourceBoxOptions): Required<SourceBoxOptions> {
  const d = sourceBoxDefaults;
  const { sigma = d.sigma, maxIters = d.maxIters, threshold = d.threshold } = options;
  const { channel = d.channel, missing = d.missing, enlarge = d.enlarge } = options;
  return { sigma, maxIters, threshold, channel, missing, enlarge };
}

/** What was found at the centre of an image, with every step on the way. */
export interface CentralSource {
  stats: ClippedStats;
  /** Pixels strictly above are set in the mask. */
  level: number;
  mask: Uint8Array;
  /** All outer contours of the mask, from the top. */
  contours: Contour[];
  /** The one that contains the centre, or null. */
  contour: Contour | null;
  /** Its bounding box enlarged about its own centre and clipped to the image, or null. */
  box: PixelBox | null;
  /** Why there is no box. */
  reason?: string;
}

/**
 * The central source (paper 2.1): sigma-clipped statistics, mask strictly above the threshold, outer contours, the
 * contour in whose inside the pixel (width / 2, height / 2) lies, its box. A centre on the border of a contour counts
 * as outside, as for the `pointPolygonTest(...) == 1` of Astronomaly; where that takes the last contour if none fits,
 * here there is no box and a reason.
 */
export function centralSourceBox(image: PixelImage, options: SourceBoxOptions = {}): CentralSource {
  const { sigma, maxIters, threshold, channel, missing, enlarge } = settledSourceBox(options);
  const { width, height } = image;
  const plane = selectChannel(image, channel, missing);
  const stats = sigmaClippedStats(plane, { sigma, maxIters });
  const level = maskLevel(stats, sigma, threshold);
  const mask = new Uint8Array(plane.length);
  if (plane instanceof Uint8Array) {
    const above = Math.floor(level);
    for (let k = 0; k < mask.length; k++) mask[k] = plane[k] > above ? 1 : 0;
  } else for (let k = 0; k < mask.length; k++) mask[k] = plane[k] > level ? 1 : 0;
  const contours = outerContours(mask, width, height);
  const contour = contours.find((c) => contourContains(c, width >> 1, height >> 1)) ?? null;
  const found = { stats, level, mask, contours, contour };
  if (contour) return { ...found, box: enlargeBox(contour.box, enlarge, width, height) };
  return { ...found, box: null, reason: noCentralContour(contours.length) };
}

/** What a pixel must be above to be in the mask. */
export function maskLevel(stats: ClippedStats, sigma: number, threshold: "paper" | "astronomaly"): number {
  return stats.median + (threshold === "paper" ? sigma : 1) * stats.std;
}

/** Why there is no box, when none of `contours` contours contains the centre. */
export function noCentralContour(contours: number): string {
  return contours === 0
    ? "nothing is above the threshold"
    : `none of ${contours} ${contours === 1 ? "contour" : "contours"} above the threshold contains the centre`;
}

/** The box scaled about its own centre, rounded outwards to whole pixels, and clipped to the image. */
export function enlargeBox(box: PixelBox, factor: number, width: number, height: number): PixelBox {
  const growX = ((factor - 1) * box.width) / 2;
  const growY = ((factor - 1) * box.height) / 2;
  const left = Math.max(0, Math.floor(box.x - growX));
  const top = Math.max(0, Math.floor(box.y - growY));
  const right = Math.min(width, Math.ceil(box.x + box.width + growX));
  const bottom = Math.min(height, Math.ceil(box.y + box.height + growY));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * One plane of the image. Pixels without a number are NaN, which no statistic counts and no threshold lets through, or
 * 0; a byte image whose `missing` pixels are ignored becomes floats for that.
 */
export function selectChannel(
  image: PixelImage,
  channel: 0 | "luminance",
  missing: "ignored" | "zero" = sourceBoxDefaults.missing,
): PixelImage["data"] {
  const { data, channels, width, height } = image;
  const n = width * height;
  const plane = emptyPixels(data, n);
  if (channel === "luminance" && channels >= 3)
    for (let k = 0, i = 0; k < n; k++, i += channels) {
      const light = luma(data[i], data[i + 1], data[i + 2]);
      plane[k] = data instanceof Uint8Array ? Math.fround(light + 0.5) : light;
    }
  else for (let k = 0, i = 0; k < n; k++, i += channels) plane[k] = data[i];
  if (plane instanceof Uint8Array) {
    const holes = missing === "ignored" ? image.missing : undefined;
    return holes ? Float32Array.from(plane, (v, k) => (holes[k] ? Number.NaN : v)) : plane;
  }
  const none = missing === "zero" ? 0 : Number.NaN;
  for (let k = 0; k < n; k++) if (!Number.isFinite(plane[k])) plane[k] = none;
  return plane;
}
