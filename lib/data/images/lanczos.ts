import { numeric } from "../../engine/numeric/numeric.js";

/**
 * Lanczos-3 resampling of byte images, bit for bit Pillow's `resize(size, LANCZOS)`: output pixel i looks at input
 * position (i + 1/2) * scale, the kernel sinc(x) sinc(x / 3) is stretched by the scale when shrinking, weights are
 * normalised and rounded to 22-bit fixed point, and the picture goes through bytes between the horizontal and the
 * vertical pass. The result is written to `into`, where one is given. (libvips, which decodes our images, enlarges bicubically and half an output pixel aside.)
 */
export function lanczosResize(
  data: Uint8Array,
  from: ByteRows,
  width: number,
  height: number,
  into: Uint8Array = new Uint8Array(width * height * from.channels),
): Uint8Array {
  const { channels, stride = from.width * channels } = from;
  const x = kernels(from.width, width);
  const y = kernels(from.height, height);
  const native = numeric();
  if (native)
    native.lanczosPasses(
      data,
      from.width,
      from.height,
      channels,
      stride,
      x.first,
      x.weights,
      x.taps,
      width,
      y.first,
      y.weights,
      y.taps,
      height,
      into,
    );
  else into.set(vertically(horizontally(data, from, stride, x), width * channels, y));
  return into;
}

/** Where the pixels lie in their bytes: rows of `width` pixels that begin `stride` bytes apart, default side by side. */
export interface ByteRows {
  width: number;
  height: number;
  channels: 1 | 3;
  stride?: number;
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

/** Weights of earlier calls: a survey's crops have a few hundred sizes, and weighing one anew is a third of a resize. */
const known = new Map<string, Kernels>();
const MOST_KNOWN = 512;

function kernels(from: number, to: number): Kernels {
  const key = `${from} ${to}`;
  let found = known.get(key);
  if (!found) {
    if (known.size >= MOST_KNOWN) known.clear();
    found = weigh(from, to);
    known.set(key, found);
  }
  return found;
}

function weigh(from: number, to: number): Kernels {
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
  { height, channels }: ByteRows,
  stride: number,
  { first, taps, weights }: Kernels,
): Uint8ClampedArray {
  const to = first.length;
  const out = new Uint8ClampedArray(height * to * channels);
  for (let y = 0, o = 0; y < height; y++)
    for (let i = 0; i < to; i++)
      for (let c = 0; c < channels; c++, o++) {
        let sum = HALF;
        for (let k = 0; k < taps; k++)
          sum += weights[i * taps + k] * data[y * stride + (first[i] + k) * channels + c];
        out[o] = sum >> PRECISION;
      }
  return out;
}

/** `row` bytes a line. */
function vertically(
  data: Uint8ClampedArray,
  row: number,
  { first, taps, weights }: Kernels,
): Uint8ClampedArray {
  const to = first.length;
  const out = new Uint8ClampedArray(to * row);
  for (let j = 0; j < to; j++)
    for (let i = 0; i < row; i++) {
      let sum = HALF;
      for (let k = 0; k < taps; k++) sum += weights[j * taps + k] * data[(first[j] + k) * row + i];
      out[j * row + i] = sum >> PRECISION;
    }
  return out;
}
