import { FluxCanvas } from "./flux-canvas.js";

/** Keys (1981) cubic convolution, a = -0.5, the interpolation of the survey's cutout service in spirit. */
function cubic(t: number): number {
  const x = Math.abs(t);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

/**
 * The canvas on a finer grid of `size` pixels over the same field. Cutouts of small galaxies are zoomed beyond the
 * camera's pixels, which is why their noise looks smooth: it is drawn before this step.
 */
export function resampleCanvas(canvas: FluxCanvas, size: number): FluxCanvas {
  const n = canvas.size;
  if (n === size) return canvas;
  const ratio = n / size;
  const taps = new Int32Array(4 * size);
  const weights = new Float32Array(4 * size);
  for (let i = 0; i < size; i++) {
    const at = (i + 0.5) * ratio - 0.5;
    const left = Math.floor(at) - 1;
    for (let k = 0; k < 4; k++) {
      taps[4 * i + k] = Math.min(n - 1, Math.max(0, left + k));
      weights[4 * i + k] = cubic(at - left - k);
    }
  }
  const out = new FluxCanvas(size, (canvas.pixel * n) / size);
  const wide = new Float32Array(n * size);
  for (let c = 0; c < 3; c++) {
    const from = canvas.bands[c];
    const to = out.bands[c];
    for (let j = 0; j < n; j++)
      for (let i = 0; i < size; i++) {
        const t = 4 * i;
        const row = j * n;
        wide[j * size + i] =
          weights[t] * from[row + taps[t]] +
          weights[t + 1] * from[row + taps[t + 1]] +
          weights[t + 2] * from[row + taps[t + 2]] +
          weights[t + 3] * from[row + taps[t + 3]];
      }
    for (let j = 0; j < size; j++) {
      const t = 4 * j;
      const [a, b, d, e] = [0, 1, 2, 3].map((k) => taps[t + k] * size);
      const [wa, wb, wd, we] = weights.subarray(t, t + 4);
      for (let i = 0; i < size; i++)
        to[j * size + i] = wa * wide[a + i] + wb * wide[b + i] + wd * wide[d + i] + we * wide[e + i];
    }
  }
  return out;
}
