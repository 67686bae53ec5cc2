import type { PixelImage } from "../images/image.js";
import type { FluxCanvas } from "./flux-canvas.js";

/** Asinh stretch: grey level = 255 * asinh(SLOPE * I) / asinh(SLOPE * FULL), I in sigmas of sky noise. */
const SLOPE = 0.26;
const FULL = 700;
/** The stretch is tabulated against sqrt(intensity - DARKEST). */
const DARKEST = -60;
const ENTRIES = 4096;
const BRIGHTEST = 20000;

/** Grey level of empty sky, and how much of the colour is kept: both as measured on DECaLS cutouts. */
const SKY_LEVEL = 17;
const SATURATION = 0.62;

let table: Float32Array | null = null;

function stretchTable(): Float32Array {
  if (table) return table;
  table = new Float32Array(ENTRIES + 2);
  const scale = 255 / Math.asinh(SLOPE * FULL);
  const step = Math.sqrt(BRIGHTEST - DARKEST) / ENTRIES;
  for (let k = 0; k < table.length; k++) table[k] = scale * Math.asinh(SLOPE * ((k * step) ** 2 + DARKEST));
  return table;
}

/**
 * A canvas as the survey shows it (Lupton et al. 2004): the stretch acts on the mean intensity and scales the three bands alike, so that colour
 * does not depend on brightness; then DECaLS' partial desaturation. Values beyond a byte are clipped per channel,
 * which is what whitens the cores in the survey's own images.
 */
export function canvasToRgb(canvas: FluxCanvas): PixelImage {
  const [red, green, blue] = canvas.bands;
  const stretch = stretchTable();
  const inverseStep = ENTRIES / Math.sqrt(BRIGHTEST - DARKEST);
  const data = new Uint8Array(red.length * 3);
  const byte = (v: number) => (v <= 0 ? 0 : v >= 255 ? 255 : (v + 0.5) | 0);
  for (let k = 0; k < red.length; k++) {
    const mean = (red[k] + green[k] + blue[k]) / 3;
    const u = Math.sqrt(Math.min(BRIGHTEST - 1, Math.max(DARKEST, mean)) - DARKEST) * inverseStep;
    const i = u | 0;
    const grey = stretch[i] + (u - i) * (stretch[i + 1] - stretch[i]);
    // Near zero the ratio of stretch to intensity tends to the stretch's slope; the mean itself may cancel.
    const gain = (Math.abs(mean) > 0.5 ? grey / mean : (255 * SLOPE) / Math.asinh(SLOPE * FULL)) * SATURATION;
    const base = SKY_LEVEL + grey;
    data[3 * k] = byte(base + gain * (red[k] - mean));
    data[3 * k + 1] = byte(base + gain * (green[k] - mean));
    data[3 * k + 2] = byte(base + gain * (blue[k] - mean));
  }
  return { data, width: canvas.size, height: canvas.size, channels: 3 };
}
