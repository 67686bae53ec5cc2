import type { ImageStack, PixelImage } from "../data/images/image.js";
import { augmentWarp } from "../engine/ops/augment-warp.js";
import { Random } from "../random.js";
import { byolAugment } from "./byol-augment.js";

/**
 * Views of single images as the network meets them in training (section 4.1), turned back into bytes to be looked at:
 * for each row of the stack, `views` independent draws at `size` pixels.
 */
export async function augmentedViews(
  stack: ImageStack,
  rows: readonly number[],
  options: { views: number; size: number; seed: number },
): Promise<PixelImage[][]> {
  const { views, size, seed } = options;
  const { height, width, channels } = stack;
  const result: PixelImage[][] = [];
  for (const row of rows) {
    const bytes = await stack.read(Array.from({ length: views }, () => row));
    const random = new Random(seed).fork(`views of ${row}`);
    const { transforms, blurSigma } = byolAugment(views, height, width, size, random);
    const warped = augmentWarp(bytes, [views, height, width, channels], transforms, blurSigma, {
      height: size,
      width: size,
      mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255], // values of 0 to 255, as they came
    });
    const values = await warped.data();
    warped.dispose();
    const each = size * size * 3;
    result.push(
      Array.from({ length: views }, (_, v) => ({
        data: Uint8Array.from(values.subarray(v * each, (v + 1) * each), (x) =>
          Math.max(0, Math.min(255, Math.round(x))),
        ),
        width: size,
        height: size,
        channels: 3,
      })),
    );
  }
  return result;
}
