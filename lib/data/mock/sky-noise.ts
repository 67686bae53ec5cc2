import type { Random } from "../../random.js";
import { bandNoise } from "./camera.js";
import type { FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";

let quantiles: Float32Array | null = null;

/** 65536 equally likely values of the unit normal, by Acklam's rational approximation of its quantile function. */
function normalQuantiles(): Float32Array {
  if (quantiles) return quantiles;
  quantiles = new Float32Array(65536);
  for (let i = 0; i < 32768; i++) {
    const p = (i + 0.5) / 65536;
    let z: number;
    if (p < 0.02425) {
      const q = Math.sqrt(-2 * Math.log(p));
      z =
        (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
          2.549732539343734) *
          q +
          4.374664141464968) *
          q +
          2.938163982698783) /
        ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
          q +
          1);
    } else {
      const q = p - 0.5;
      const r = q * q;
      z =
        ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) *
          r -
          30.66479806614716) *
          r +
          2.506628277459239) *
          q) /
        (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) *
          r -
          13.28068155288572) *
          r +
          1);
    }
    quantiles[i] = z;
    quantiles[65535 - i] = -z;
  }
  return quantiles;
}

/** What the background subtraction left: a level and a slope, alike in the bands but not the same. */
export function addSky(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const direction = random.uniform(0, 2 * Math.PI);
  const n = canvas.size;
  for (const band of canvas.bands) {
    const level = g.sky * (1 + random.normal(0, 0.4));
    const slope = (g.skyGradient * (1 + random.normal(0, 0.4))) / n;
    if (level === 0 && slope === 0) continue;
    const along = slope * Math.cos(direction);
    const down = slope * Math.sin(direction);
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) band[j * n + i] += level + along * (i - n / 2) + down * (j - n / 2);
  }
}

/** Adds Gaussian sky noise of `sigma` a pixel, and the photon noise of bright sources on top of it. */
export function addSkyNoise(canvas: FluxCanvas, sigma: number, random: Random): void {
  if (sigma === 0) return;
  const normal = normalQuantiles();
  canvas.bands.forEach((band, c) => {
    const sky = (sigma * bandNoise[c]) ** 2;
    for (let k = 0; k < band.length; k += 2) {
      const bits = random.uint32();
      band[k] += normal[bits & 0xffff] * Math.sqrt(sky + 0.02 * Math.max(0, band[k]));
      if (k + 1 < band.length)
        band[k + 1] += normal[bits >>> 16] * Math.sqrt(sky + 0.02 * Math.max(0, band[k + 1]));
    }
  });
}
