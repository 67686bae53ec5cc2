import type { ImageStack } from "../../lib/data/images/image.js";
import type { ByolOptions } from "../../lib/nn/byol-options.js";
import { type ResNet18, resnet18 } from "../../lib/nn/resnet18.js";
import { Random } from "../../lib/random.js";

/** Blobs and bars on noise: `n` grey images of `side` pixels. */
export function stackOf(n: number, side: number): ImageStack & { reads: number } {
  const random = new Random(1);
  const data = Uint8Array.from({ length: n * side * side }, (_, k) => {
    const [i, y, x] = [Math.floor(k / side ** 2), Math.floor(k / side) % side, k % side];
    const [v, u] = [y - side / 2, x - side / 2];
    const r2 = i % 2 ? u * u + v * v : u * u + 9 * v * v;
    return 200 * Math.exp(-r2 / side) + 40 * random.uniform();
  });
  return {
    length: n,
    height: side,
    width: side,
    channels: 1,
    ids: Array.from({ length: n }, (_, i) => `image ${i}`),
    reads: 0,
    async read(indices) {
      this.reads++;
      const size = side * side;
      const out = new Uint8Array(indices.length * size);
      Array.from(indices).forEach((at, i) => {
        out.set(data.subarray(at * size, (at + 1) * size), i * size);
      });
      return out;
    },
  };
}

/** A network small enough for tfjs' own JavaScript kernels; the seed is the run's. */
export const tiny = (seed = 5, width = 1): ResNet18 => resnet18({ seed, width });

/** A run small enough for tfjs' own JavaScript kernels. */
export const small: ByolOptions = {
  epochs: 3,
  batchSize: 4,
  hiddenSize: 8,
  projectionSize: 4,
  learningRate: 1e-3,
  seed: 5,
};
