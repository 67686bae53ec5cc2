import type { AugmentWarpOptions } from "../../lib/engine/ops/augment-warp.js";

/** `augmentWarp` to a picture of this size whose values are bytes / 255. */
export const plainWarp = (height: number, width: number): AugmentWarpOptions => ({
  height,
  width,
  mean: [0, 0, 0],
  std: [1, 1, 1],
});
