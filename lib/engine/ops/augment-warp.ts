import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/**
 * Byte images, each through its own affine warp and Gaussian blur, to one normalised batch [n, height, width, 3]:
 *
 *   out[i, y, x, c] = (blur_i(warp_i)[y, x, c] / 255 - mean[c]) / std[c]
 *
 * Coordinates are continuous: pixel k covers [k, k + 1) and has its centre at k + 0.5. Row-major 2x3 `transforms`
 * map the centre (x + 0.5, y + 0.5) of an output pixel to the point (u, v) of the input, u along the width:
 * u = t0 X + t1 Y + t2, v = t3 X + t4 Y + t5. So a plain resize is [w / width, 0, 0, 0, h / height, 0].
 * Sampling is bilinear; outside the image it is mirrored about the border pixels (reflect without repeating them,
 * as torch and OpenCV's BORDER_REFLECT_101). A sigma of 0 means no blur; else a sampled Gaussian of radius
 * ceil(3 sigma), no larger than the image allows, with the same border, in output pixels. Grey input fills all
 * three channels. Several transforms and sigmas for each image give several views of it: view v shows image v % n, and
 * the result is [views, height, width, 3]. Not differentiable: it is where the data enters.
 */
export function augmentWarp(
  images: Uint8Array,
  shape: [n: number, height: number, width: number, channels: number],
  transforms: Float32Array,
  blurSigma: Float32Array,
  options: AugmentWarpOptions,
): tf.Tensor4D {
  const [n, h, w, c] = shape;
  const { height, width, mean, std } = options;
  const whole = [n, h, w, height, width].every((v) => Number.isInteger(v) && v > 0);
  if (!whole || (c !== 1 && c !== 3) || images.length !== n * h * w * c) {
    throw new Error(
      `augmentWarp: ${images.length} bytes, shape [${shape}] -> ${height} x ${width} do not fit; give n * h * w * channels bytes with 1 or 3 channels and positive sizes.`,
    );
  }
  const views = blurSigma.length;
  const fits = views > 0 && views % n === 0 && transforms.length === views * 6;
  if (!fits || mean.length !== 3 || std.length !== 3) {
    throw new Error(
      `augmentWarp: needs ${n * 6} transform values and ${n} blur sigmas for each view, 3 means and 3 stds; got ${transforms.length}, ${blurSigma.length}, ${mean.length} and ${std.length}.`,
    );
  }
  if (!transforms.every(Number.isFinite) || !blurSigma.every((s) => s >= 0 && s <= 100)) {
    throw new Error("augmentWarp: transforms must be finite and blur sigmas between 0 and 100 pixels.");
  }
  const attributes = { images, shape, transforms, blurSigma, height, width, mean: [...mean], std: [...std] };
  return runKernelOp(warp, [], attributes)[0] as tf.Tensor4D;
}

export interface AugmentWarpOptions {
  height: number;
  width: number;
  /** Per channel, for values scaled to [0, 1]. */
  mean: ArrayLike<number> & Iterable<number>;
  std: ArrayLike<number> & Iterable<number>;
}

export interface AugmentWarpAttributes {
  images: Uint8Array;
  shape: [number, number, number, number];
  transforms: Float32Array;
  blurSigma: Float32Array;
  height: number;
  width: number;
  mean: number[];
  std: number[];
}

const warp: KernelOp<AugmentWarpAttributes> = {
  name: "AugmentWarp",
  composed(_, a) {
    const [n, h, w, c] = a.shape;
    const views = a.blurSigma.length;
    const out = new Float32Array(views * a.height * a.width * 3);
    for (let i = 0; i < views; i++) {
      const source = a.images.subarray((i % n) * h * w * c, ((i % n) + 1) * h * w * c);
      const image = out.subarray(i * a.height * a.width * 3, (i + 1) * a.height * a.width * 3);
      warpOne(source, h, w, c, a.transforms.subarray(i * 6, i * 6 + 6), image, a.height, a.width);
      if (a.blurSigma[i] > 0) blurOne(image, a.height, a.width, a.blurSigma[i]);
    }
    for (let k = 0; k < out.length; k++) out[k] = (out[k] / 255 - a.mean[k % 3]) / a.std[k % 3];
    return [tf.tensor4d(out, [views, a.height, a.width, 3])];
  },
};

function warpOne(
  source: Uint8Array,
  h: number,
  w: number,
  c: number,
  t: Float32Array,
  out: Float32Array,
  height: number,
  width: number,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = t[0] * (x + 0.5) + t[1] * (y + 0.5) + t[2] - 0.5;
      const v = t[3] * (x + 0.5) + t[4] * (y + 0.5) + t[5] - 0.5;
      const [u0, v0] = [Math.floor(u), Math.floor(v)];
      const [fu, fv] = [u - u0, v - v0];
      const [left, right] = [mirror(u0, w), mirror(u0 + 1, w)];
      const [top, bottom] = [mirror(v0, h) * w, mirror(v0 + 1, h) * w];
      for (let k = 0; k < 3; k++) {
        const channel = c === 1 ? 0 : k;
        const at = (position: number) => source[position * c + channel];
        const upper = at(top + left) * (1 - fu) + at(top + right) * fu;
        const lower = at(bottom + left) * (1 - fu) + at(bottom + right) * fu;
        out[(y * width + x) * 3 + k] = upper * (1 - fv) + lower * fv;
      }
    }
  }
}

function blurOne(image: Float32Array, height: number, width: number, sigma: number): void {
  const along = (length: number, lines: number, step: number, lineStep: number) => {
    const weights = gaussianWeights(sigma, length);
    const radius = weights.length - 1;
    const line = new Float64Array(length);
    for (let l = 0; l < lines; l++) {
      for (let k = 0; k < 3; k++) {
        const base = l * lineStep + k;
        for (let i = 0; i < length; i++) line[i] = image[base + i * step];
        for (let i = 0; i < length; i++) {
          let sum = weights[0] * line[i];
          for (let r = 1; r <= radius; r++) {
            sum += weights[r] * (line[mirror(i - r, length)] + line[mirror(i + r, length)]);
          }
          image[base + i * step] = sum;
        }
      }
    }
  };
  along(width, height, 3, width * 3);
  along(height, width, width * 3, 3);
}

/** One half of the kernel, from its centre outwards, scaled so that the whole sums to one. */
function gaussianWeights(sigma: number, length: number): Float64Array {
  const radius = Math.min(Math.ceil(3 * sigma), length - 1);
  const weights = Float64Array.from({ length: radius + 1 }, (_, r) =>
    Math.exp((-r * r) / (2 * sigma * sigma)),
  );
  const total = 2 * weights.reduce((a, b) => a + b, 0) - weights[0];
  return weights.map((v) => v / total);
}

function mirror(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const m = ((i % period) + period) % period;
  return m < n ? m : period - m;
}
