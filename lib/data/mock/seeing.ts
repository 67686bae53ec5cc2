import type { FluxCanvas } from "./flux-canvas.js";

/** Convolves every band with a Gaussian seeing of the given full width at half maximum in arcsec, separably. */
export function blurBySeeing(canvas: FluxCanvas, fwhm: number): void {
  const sigma = fwhm / 2.3548 / canvas.pixel;
  if (sigma < 0.2) return;
  const reach = Math.ceil(3 * sigma);
  const kernel = new Float32Array(reach + 1);
  let sum = 0;
  for (let k = 0; k <= reach; k++) {
    kernel[k] = Math.exp((-0.5 * k * k) / (sigma * sigma));
    sum += k ? 2 * kernel[k] : kernel[k];
  }
  for (let k = 0; k <= reach; k++) kernel[k] /= sum;
  const n = canvas.size;
  const padded = new Float32Array(n + 2 * reach);
  const rows = new Float32Array(n * n);
  for (const band of canvas.bands) {
    for (let j = 0; j < n; j++) {
      padded.fill(band[j * n], 0, reach);
      padded.set(band.subarray(j * n, (j + 1) * n), reach);
      padded.fill(band[j * n + n - 1], n + reach);
      for (let i = 0; i < n; i++) {
        let v = kernel[0] * padded[i + reach];
        for (let k = 1; k <= reach; k++) v += kernel[k] * (padded[i + reach - k] + padded[i + reach + k]);
        rows[j * n + i] = v;
      }
    }
    // Down the columns whole rows are added at a time, which keeps memory access sequential.
    band.fill(0);
    for (let j = 0; j < n; j++)
      for (let k = 0; k <= reach; k++) {
        const above = Math.max(0, j - k) * n;
        const below = Math.min(n - 1, j + k) * n;
        const weight = k ? kernel[k] : 0.5 * kernel[0];
        for (let i = 0, to = j * n; i < n; i++, to++)
          band[to] += weight * (rows[above + i] + rows[below + i]);
      }
  }
}
