import { numeric } from "../engine/numeric/numeric.js";

/**
 * Lanczos-3 resampling of byte images, bit for bit Pillow's `resize(size, LANCZOS)`: output pixel i looks at input
 * position (i + 1/2) * scale, the kernel sinc(x) sinc(x / 3) is stretched by the scale when shrinking, weights are
 * normalised and rounded to 22-bit fixed point, and the picture goes through bytes between the horizontal and the
 * vertical pass. (libvips, which decodes our images, enlarges bicubically and half an output pixel aside.)
 */
export function lanczosResize(
  data: Uint8Array,
  from: { width: number; height: number; channels: 1 | 3 },
  width: number,
  height: number,
): Uint8Array {
  const { channels } = from;
  const x = kernels(from.width, width);
  const y = kernels(from.height, height);
  // An addon built before it had this function is as good as none.
  const native = numeric()?.lanczosPasses;
  if (!native) return vertically(horizontally(data, from, x), width * channels, y);
  const out = new Uint8Array(width * height * channels);
  native(
    data,
    from.width,
    from.height,
    channels,
    x.first,
    x.weights,
    x.taps,
    width,
    y.first,
    y.weights,
    y.taps,
    height,
    out,
  );
  return out;
}

const SUPPORT = 3;
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Weights of every output pixel: `taps` of them, `first[i]` being the input pixel of the first. */
interface Kernels {
  first: Int32Array;
  taps: number;
  weights: Int32Array;
}

function kernels(from: number, to: number): Kernels {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = SUPPORT * stretch;
  const rows = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    const exact: number[] = [];
    for (let k = low; k < high; k++) exact.push(lanczos((k - centre + 0.5) / stretch));
    const sum = exact.reduce((s, v) => s + v, 0);
    const fixed = exact.map((v) => {
      const w = (v / sum) * (1 << PRECISION);
      return Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    });
    // A kernel's very end may be a zero that rounding let in: without it, enlarging always takes six taps.
    let [skipped, end] = [0, fixed.length];
    while (fixed[skipped] === 0) skipped++;
    while (fixed[end - 1] === 0) end--;
    return { low: low + skipped, fixed: fixed.slice(skipped, end) };
  });
  const taps = Math.max(...rows.map((r) => r.fixed.length));
  const first = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  rows.forEach(({ low, fixed }, i) => {
    // All pixels get the same number of taps, so that the inner loop has no bounds: at the far edge they begin earlier.
    first[i] = Math.min(low, from - taps);
    weights.set(fixed, i * taps + low - first[i]);
  });
  return { first, taps, weights };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (x < -SUPPORT || x >= SUPPORT) return 0;
  const a = Math.PI * x;
  return (Math.sin(a) / a) * (Math.sin(a / SUPPORT) / (a / SUPPORT));
}

function horizontally(
  data: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: 1 | 3 },
  { first, taps, weights }: Kernels,
): Uint8Array {
  const to = first.length;
  const out = new Uint8ClampedArray(to * height * channels);
  for (let y = 0; y < height; y++) {
    const line = data.subarray(y * width * channels, (y + 1) * width * channels);
    const outLine = out.subarray(y * to * channels, (y + 1) * to * channels);
    if (channels === 3 && taps === 6) sixTapsRgb(line, outLine, first, weights);
    else if (channels === 3) anyTapsRgb(line, outLine, first, taps, weights);
    else anyTapsGrey(line, outLine, first, taps, weights);
  }
  return new Uint8Array(out.buffer);
}

/** Enlarging RGB, the common case: its six taps are written out, at twice the speed of the loop over taps. */
function sixTapsRgb(line: Uint8Array, out: Uint8ClampedArray, first: Int32Array, weights: Int32Array): void {
  for (let i = 0, o = 0, w = 0; i < first.length; i++, o += 3, w += 6) {
    const p = 3 * first[i];
    const w0 = weights[w];
    const w1 = weights[w + 1];
    const w2 = weights[w + 2];
    const w3 = weights[w + 3];
    const w4 = weights[w + 4];
    const w5 = weights[w + 5];
    out[o] =
      (HALF +
        Math.imul(w0, line[p]) +
        Math.imul(w1, line[p + 3]) +
        Math.imul(w2, line[p + 6]) +
        Math.imul(w3, line[p + 9]) +
        Math.imul(w4, line[p + 12]) +
        Math.imul(w5, line[p + 15])) >>
      PRECISION;
    out[o + 1] =
      (HALF +
        Math.imul(w0, line[p + 1]) +
        Math.imul(w1, line[p + 4]) +
        Math.imul(w2, line[p + 7]) +
        Math.imul(w3, line[p + 10]) +
        Math.imul(w4, line[p + 13]) +
        Math.imul(w5, line[p + 16])) >>
      PRECISION;
    out[o + 2] =
      (HALF +
        Math.imul(w0, line[p + 2]) +
        Math.imul(w1, line[p + 5]) +
        Math.imul(w2, line[p + 8]) +
        Math.imul(w3, line[p + 11]) +
        Math.imul(w4, line[p + 14]) +
        Math.imul(w5, line[p + 17])) >>
      PRECISION;
  }
}

function anyTapsRgb(
  line: Uint8Array,
  out: Uint8ClampedArray,
  first: Int32Array,
  taps: number,
  weights: Int32Array,
): void {
  for (let i = 0, o = 0, w = 0; i < first.length; i++, o += 3) {
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    for (let p = 3 * first[i], end = w + taps; w < end; w++, p += 3) {
      red = (red + Math.imul(weights[w], line[p])) | 0;
      green = (green + Math.imul(weights[w], line[p + 1])) | 0;
      blue = (blue + Math.imul(weights[w], line[p + 2])) | 0;
    }
    out[o] = red >> PRECISION;
    out[o + 1] = green >> PRECISION;
    out[o + 2] = blue >> PRECISION;
  }
}

function anyTapsGrey(
  line: Uint8Array,
  out: Uint8ClampedArray,
  first: Int32Array,
  taps: number,
  weights: Int32Array,
): void {
  for (let i = 0, w = 0; i < first.length; i++) {
    let sum = HALF;
    for (let p = first[i], end = w + taps; w < end; w++, p++)
      sum = (sum + Math.imul(weights[w], line[p])) | 0;
    out[i] = sum >> PRECISION;
  }
}

/** `row` bytes a line. */
function vertically(data: Uint8Array, row: number, { first, taps, weights }: Kernels): Uint8Array {
  const to = first.length;
  const out = new Uint8ClampedArray(to * row);
  const sums = new Int32Array(row);
  for (let j = 0; j < to; j++) {
    const lines = Array.from({ length: taps }, (_, k) =>
      data.subarray((first[j] + k) * row, (first[j] + k + 1) * row),
    );
    const w = weights.subarray(j * taps, (j + 1) * taps);
    const outLine = out.subarray(j * row, (j + 1) * row);
    if (taps === 6) sixLines(lines, w, outLine);
    else {
      sums.fill(HALF);
      let k = 0;
      for (; k + 3 <= taps; k += 3) addLines(sums, w.subarray(k), lines[k], lines[k + 1], lines[k + 2]);
      for (; k < taps; k++) addLine(sums, w[k], lines[k]);
      for (let i = 0; i < row; i++) outLine[i] = sums[i] >> PRECISION;
    }
  }
  return new Uint8Array(out.buffer);
}

function sixLines(lines: Uint8Array[], w: Int32Array, out: Uint8ClampedArray): void {
  const [a, b, c, d, e, f] = lines;
  const [w0, w1, w2, w3, w4, w5] = w;
  for (let i = 0; i < out.length; i++)
    out[i] =
      (HALF +
        Math.imul(w0, a[i]) +
        Math.imul(w1, b[i]) +
        Math.imul(w2, c[i]) +
        Math.imul(w3, d[i]) +
        Math.imul(w4, e[i]) +
        Math.imul(w5, f[i])) >>
      PRECISION;
}

function addLines(sums: Int32Array, w: Int32Array, a: Uint8Array, b: Uint8Array, c: Uint8Array): void {
  const w0 = w[0];
  const w1 = w[1];
  const w2 = w[2];
  for (let i = 0; i < sums.length; i++)
    sums[i] += Math.imul(w0, a[i]) + Math.imul(w1, b[i]) + Math.imul(w2, c[i]);
}

function addLine(sums: Int32Array, weight: number, line: Uint8Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += Math.imul(weight, line[i]);
}
