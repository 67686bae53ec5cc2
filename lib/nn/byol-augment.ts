import type { Random } from "../random.js";

/** The choices of section 4.1; `augmentDefaults` holds the paper's. */
export interface AugmentOptions {
  /** Of a Gaussian blur. */
  blurProbability?: number;
  /**
   * Range of the blur's sigma in output pixels; the paper names none, the default is SimCLR's. The BYOL library's own is
   * 1 to 2, cut off at 3 x 3 pixels.
   */
  blurSigma?: [number, number];
  verticalFlipProbability?: number;
  horizontalFlipProbability?: number;
  /** Of a resized crop. */
  cropProbability?: number;
  /** Share of the image's area that a crop keeps. */
  cropScale?: [number, number];
  /** Width over height of a crop before it is resized; the default is torchvision's. */
  cropRatio?: [number, number];
  /** Of a rotation. */
  rotationProbability?: number;
  /** Degrees. */
  rotationDegrees?: [number, number];
}

/** What section 4.1 chose; where it names nothing, what torchvision and SimCLR do. */
export const augmentDefaults: Readonly<Required<AugmentOptions>> = {
  blurProbability: 0.5,
  blurSigma: [0.1, 2],
  verticalFlipProbability: 0.5,
  horizontalFlipProbability: 0.5,
  cropProbability: 0.7,
  cropScale: [0.7, 1],
  cropRatio: [3 / 4, 4 / 3],
  rotationProbability: 0.7,
  rotationDegrees: [0, 360],
};

/** What was drawn for one image: kept for tests and for showing what a view is made of. */
export interface AugmentDraw {
  /** Sigma in output pixels, 0 for none. */
  blur: number;
  verticalFlip: boolean;
  horizontalFlip: boolean;
  /** In input pixels, or null. */
  crop: { left: number; top: number; width: number; height: number } | null;
  /** Degrees, 0 for none. */
  rotation: number;
}

/** Row-major 2x3: (x, y) -> (a x + b y + c, d x + e y + f). */
export type Affine = readonly [number, number, number, number, number, number];

/** Draws one image's augmentation (torchvision's RandomResizedCrop: ten tries at a crop, then the whole image). */
export function drawAugment(
  random: Random,
  height: number,
  width: number,
  options: AugmentOptions = {},
): AugmentDraw {
  const {
    blurProbability = augmentDefaults.blurProbability,
    blurSigma = augmentDefaults.blurSigma,
    verticalFlipProbability = augmentDefaults.verticalFlipProbability,
    horizontalFlipProbability = augmentDefaults.horizontalFlipProbability,
    cropProbability = augmentDefaults.cropProbability,
    cropScale = augmentDefaults.cropScale,
    cropRatio = augmentDefaults.cropRatio,
    rotationProbability = augmentDefaults.rotationProbability,
    rotationDegrees = augmentDefaults.rotationDegrees,
  } = options;
  const chance = (p: number) => random.uniform() < p;
  return {
    blur: chance(blurProbability) ? random.uniform(...blurSigma) : 0,
    verticalFlip: chance(verticalFlipProbability),
    horizontalFlip: chance(horizontalFlipProbability),
    crop: chance(cropProbability) ? drawCrop(random, height, width, cropScale, cropRatio) : null,
    rotation: chance(rotationProbability) ? random.uniform(...rotationDegrees) : 0,
  };
}

function drawCrop(
  random: Random,
  height: number,
  width: number,
  scale: [number, number],
  ratio: [number, number],
): AugmentDraw["crop"] {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height)
      return {
        top: random.integer(height - h + 1),
        left: random.integer(width - w + 1),
        width: w,
        height: h,
      };
  }
  const w = Math.min(width, Math.round(height * ratio[1]));
  const h = Math.min(height, Math.round(width / ratio[0]));
  return { top: (height - h) >> 1, left: (width - w) >> 1, width: w, height: h };
}

/**
 * The map from an output pixel (of `size` x `size`) to the point of the input that it shows: flips, then the crop
 * resized to the image, then the rotation about its centre, as one sampling. Coordinates count from the image's
 * corner, pixel centres lying at k + 0.5. Unlike a chain of steps, one sampling neither blurs repeatedly nor leaves
 * black corners: beyond the crop a rotated view shows what the input has there.
 */
export function augmentTransform(draw: AugmentDraw, height: number, width: number, size: number): Affine {
  const a = (draw.rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(a), Math.sin(a)];
  const [cx, cy] = [width / 2, height / 2];
  const fit: Affine = [width / size, 0, 0, 0, height / size, 0];
  const rotate: Affine = [cos, -sin, cx - cos * cx + sin * cy, sin, cos, cy - sin * cx - cos * cy];
  const { crop } = draw;
  const cut: Affine = crop
    ? [crop.width / width, 0, crop.left, 0, crop.height / height, crop.top]
    : [1, 0, 0, 0, 1, 0];
  const flip: Affine = [
    draw.horizontalFlip ? -1 : 1,
    0,
    draw.horizontalFlip ? width : 0,
    0,
    draw.verticalFlip ? -1 : 1,
    draw.verticalFlip ? height : 0,
  ];
  return [fit, rotate, cut, flip].reduce((first, next) => compose(next, first));
}

/** The map that applies `first`, then `next`. */
function compose(next: Affine, first: Affine): Affine {
  const [a, b, c, d, e, f] = next;
  const [g, h, i, j, k, l] = first;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/**
 * Transforms and blurs for `n` images of one size: what `augmentWarp` takes. Drawn image by image; the BYOL library, given
 * a batch, takes one draw for all of it.
 */
export function byolAugment(
  n: number,
  height: number,
  width: number,
  size: number,
  random: Random,
  options: AugmentOptions = {},
): { transforms: Float32Array; blurSigma: Float32Array; draws: AugmentDraw[] } {
  // One array behind the other: engines take both at once.
  const both = new Float32Array(7 * n);
  const [transforms, blurSigma] = [both.subarray(0, 6 * n), both.subarray(6 * n)];
  const draws = Array.from({ length: n }, (_, i) => {
    const draw = drawAugment(random, height, width, options);
    transforms.set(augmentTransform(draw, height, width, size), 6 * i);
    blurSigma[i] = draw.blur;
    return draw;
  });
  return { transforms, blurSigma, draws };
}

/**
 * The augmentation of two views of each of `n` images, drawn from one generator a view, as a step of training takes it:
 * the transforms of the first views and the second, then their blurs' sigmas.
 */
export function byolViews(
  [n, height, width]: readonly number[],
  size: number,
  random: readonly [Random, Random],
  options: AugmentOptions = {},
): Float32Array {
  const views = new Float32Array(14 * n);
  random.forEach((generator, view) => {
    const { transforms, blurSigma } = byolAugment(n, height, width, size, generator, options);
    views.set(transforms, 6 * n * view);
    views.set(blurSigma, 12 * n + n * view);
  });
  return views;
}

/** The transforms and blurs that only resize `n` images to `size`: how a trained network looks at them. */
export function plainView(
  n: number,
  height: number,
  width: number,
  size: number,
): { transforms: Float32Array; blurSigma: Float32Array } {
  const one: Affine = [width / size, 0, 0, 0, height / size, 0];
  const transforms = new Float32Array(6 * n);
  for (let i = 0; i < n; i++) transforms.set(one, 6 * i);
  return { transforms, blurSigma: new Float32Array(n) };
}
