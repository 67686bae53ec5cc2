import type { PixelImage } from "./image.js";

/**
 * How floating-point pixels become bytes. `low` and `high` are the values of black and white; left out, they are
 * the 0.5 and 99.7 percentiles of the finite pixels. `softening` is the a of asinh(a x)/asinh(a).
 */
export interface StretchOptions {
  kind: "linear" | "asinh";
  low?: number;
  high?: number;
  softening?: number;
}
export type Stretch = "linear" | "asinh" | StretchOptions;

/** Fails on a stretch that would make every image black: asked before many images are, and of each. */
export function checkStretch(stretch: Stretch | undefined): void {
  if (stretch === undefined) return;
  const { kind, low, high, softening }: StretchOptions =
    typeof stretch === "string" ? { kind: stretch } : stretch;
  if (kind !== "linear" && kind !== "asinh")
    throw new Error(`The stretch is "${kind}"; give "linear" or "asinh".`);
  for (const [name, value] of Object.entries({ low, high }))
    if (value !== undefined && !Number.isFinite(value))
      throw new Error(`The stretch's ${name} is ${value}; give a number, or leave it out.`);
  if (low !== undefined && high !== undefined && low >= high)
    throw new Error(`The stretch goes from low ${low} to high ${high}; give a high above low.`);
  if (softening !== undefined && !(softening > 0 && softening < Number.POSITIVE_INFINITY))
    throw new Error(
      `The stretch's softening is ${softening}; give a number above 0, or "linear" as its kind.`,
    );
}

/**
 * Bytes from a float image: x = (v - low) / (high - low) clipped to [0, 1], then x itself (linear) or
 * asinh(a x) / asinh(a) (Lupton et al. 2004), one pair of limits for all channels so that colours keep their
 * ratio. NaN becomes 0, marked in `missing`, and infinities the ends. A byte image is returned as it is.
 */
export function stretchToBytes(image: PixelImage, stretch: Stretch = "asinh"): PixelImage {
  checkStretch(stretch);
  if (image.data instanceof Uint8Array) return image;
  const options: StretchOptions = typeof stretch === "string" ? { kind: stretch } : stretch;
  const values = image.data;
  const finite = values.filter(Number.isFinite).sort();
  const at = (p: number) => finite[Math.round(p * (finite.length - 1))];
  const low = options.low ?? (finite.length ? at(0.005) : 0);
  const high = options.high ?? (finite.length ? at(0.997) : 1);
  // In halves: the difference of two doubles may be more than a double holds.
  const span = high > low ? high / 2 - low / 2 : 0.5;
  const a = options.softening ?? 10;
  const scale = 255 / Math.asinh(a);
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const x = Math.min(1, Math.max(0, (values[i] / 2 - low / 2) / span));
    // NaN stays NaN through min and max, and the array stores it as 0.
    data[i] = Math.round(options.kind === "linear" ? 255 * x : scale * Math.asinh(a * x));
  }
  return { ...image, data, missing: missingPixels(image) };
}

/** 1 for each pixel that has no number in some channel; undefined where all have. */
function missingPixels({ data, width, height, channels }: PixelImage): Uint8Array | undefined {
  let missing: Uint8Array | undefined;
  for (let i = 0; i < data.length; i++)
    if (Number.isNaN(data[i])) {
      missing ??= new Uint8Array(width * height);
      missing[Math.floor(i / channels)] = 1;
    }
  return missing;
}
