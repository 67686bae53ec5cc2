import type { AugmentWarpOptions } from "../engine/ops/augment-warp.js";

/** ImageNet's mean and standard deviation per channel, for values scaled to [0, 1]. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** What the network takes, in words, for whoever gets its weights. */
export const inputInWords = `RGB, values / 255, minus mean ${IMAGENET_MEAN.join(" ")}, by std ${IMAGENET_STD.join(" ")}`;

/** How `augmentWarp` makes the network's input of side `size`. */
export const imagenetInput = (size: number): AugmentWarpOptions => ({
  height: size,
  width: size,
  mean: IMAGENET_MEAN,
  std: IMAGENET_STD,
});
