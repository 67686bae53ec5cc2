import type { AugmentWarpAttributes } from "../../ops/augment-warp.js";
import type { KernelTable } from "./kernel-table.js";

/** What surrounds the network in a training step: the augmented input, Adam, and the moving average. */
export const trainingKernels: KernelTable = {
  AugmentWarp({ backend, attrs }) {
    const { images, shape, transforms, blurSigma, height, width, mean, std } = attrs as AugmentWarpAttributes;
    const y = backend.make([blurSigma.length, height, width, 3], backend.activation);
    const draws = behindOneAnother(transforms, blurSigma);
    const channel = Float32Array.from([...mean, ...std.map((s) => 1 / s)]);
    backend.native.augmentWarp(images, draws, y.buffer, [...shape, height, width], channel);
    return [y];
  },

  AdamStep({ backend, inputs, attrs }) {
    const all = Object.values(inputs);
    const quarter = all.length / 4;
    const [params, m, v, grads] = [0, 1, 2, 3].map((i) =>
      all.slice(i * quarter, (i + 1) * quarter).map((t) => backend.buffer(t)),
    );
    const { scalars, beta1, beta2, epsilon } = attrs;
    for (const t of all.slice(0, 3 * quarter)) backend.changed(t);
    backend.native.adamStep(params, m, v, grads, scalars, beta1, beta2, epsilon);
    return [];
  },

  EmaStep({ backend, inputs, attrs }) {
    const all = Object.values(inputs);
    const half = all.length / 2;
    const buffers = all.map((t) => backend.buffer(t));
    for (const t of all.slice(0, half)) backend.changed(t);
    backend.native.emaStep(buffers.slice(0, half), buffers.slice(half), attrs.tau, attrs.scales);
    return [];
  },
};

/** Both as one array: without a copy where they lie so, as `byolAugment` makes them. */
function behindOneAnother(first: Float32Array, second: Float32Array): Float32Array {
  if (first.buffer === second.buffer && first.byteOffset + first.byteLength === second.byteOffset)
    return new Float32Array(first.buffer, first.byteOffset, first.length + second.length);
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
