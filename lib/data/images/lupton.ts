import type { PixelImage } from "./image.js";

/** How three bands become one colour image; `luptonDefaults` holds the numbers. */
export interface LuptonOptions {
  /** What is black, in each band or in all. */
  minimum?: number | readonly [number, number, number];
  /** Intensity above black at which the stretch turns from linear to logarithmic, times Q. */
  stretch?: number;
  /** Softening: how far the bright end is compressed. */
  Q?: number;
}

/** What astropy's function takes where nothing is said; black at 0, since the sky is subtracted. */
export const luptonDefaults: Readonly<{ minimum: number; stretch: number; Q: number }> = {
  minimum: 0,
  stretch: 5,
  Q: 8,
};

/** Fails on what would make every image black: asked before many images are, and of each. */
export function checkLupton(options: LuptonOptions = {}): void {
  const { minimum, stretch, Q } = settled(options);
  if (!(stretch > 0 && stretch < Number.POSITIVE_INFINITY))
    throw new Error(`Lupton's stretch is ${stretch} but must be a number above 0.`);
  if (Number.isNaN(Q))
    throw new Error(`Lupton's Q is NaN but must be a number; leave it out for ${luptonDefaults.Q}.`);
  if (![minimum].flat().every(Number.isFinite))
    throw new Error(`Lupton's minimum is ${minimum} but must be a number, or one for each band.`);
}

/**
 * A colour image of three bands (Lupton et al. 2004): with I the mean of the bands above black, each band is multiplied
 * by asinh(Q I / stretch) / I, so that a colour does not depend on brightness; a pixel whose largest band would pass
 * 255 is scaled down as a whole and keeps its colour. NaN in any band is black.
 *
 * Mirrors `astropy.visualization.make_lupton_rgb(r, g, b, minimum, stretch, Q)`, to one grey level (it truncates
 * 32-bit products). `bands` are red, green and blue, rows from the top.
 */
export function luptonRgb(
  bands: readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>],
  width: number,
  height: number,
  options: LuptonOptions = {},
): PixelImage {
  checkLupton(options);
  const { minimum, stretch, Q } = settled(options);
  const [r0, g0, b0] = typeof minimum === "number" ? [minimum, minimum, minimum] : minimum;
  const q = Math.abs(Q) < 2 ** -23 ? 0.1 : Math.min(Q, 1e10);
  // A tenth of the stretch comes out as in a linear stretch.
  const slope = (0.1 * 255) / Math.asinh(0.1 * q);
  const data = new Uint8Array(3 * width * height);
  const [red, green, blue] = bands;
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [red[i] - r0, green[i] - g0, blue[i] - b0];
    const mean = (r + g + b) / 3;
    if (!(mean > 0)) continue;
    const gain = (Math.asinh((mean * q) / stretch) * slope) / mean;
    const most = Math.max(r, g, b) * gain;
    const factor = most > 255 ? (gain * 255) / most : gain;
    data[3 * i] = Math.max(0, r * factor);
    data[3 * i + 1] = Math.max(0, g * factor);
    data[3 * i + 2] = Math.max(0, b * factor);
  }
  return { data, width, height, channels: 3 };
}

function settled(options: LuptonOptions): Required<LuptonOptions> {
  const {
    minimum = luptonDefaults.minimum,
    stretch = luptonDefaults.stretch,
    Q = luptonDefaults.Q,
  } = options;
  return { minimum, stretch, Q };
}
