import type { AugmentWarpAttributes } from "../../ops/augment-warp.js";
import type { KernelTable } from "./kernel-table.js";

/** What surrounds the network in a training step: the augmented input, Adam, and the moving average. */
export const trainingKernels: KernelTable = {
  AugmentWarp({ backend, attrs }) {
    const { images, shape, transforms, blurSigma, height, width, mean, std } = attrs as AugmentWarpAttributes;
    const y = backend.make([blurSigma.length, height, width, 3], backend.activation);
    const draws = new Float32Array(7 * blurSigma.length);
    for (let i = 0; i < blurSigma.length; i++) {
      draws.set(transforms.subarray(6 * i, 6 * i + 6), 7 * i);
      draws[7 * i + 6] = blurSigma[i];
    }
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
    const { rate, scale, beta1, beta2, epsilon } = attrs;
    for (const t of all.slice(0, 3 * quarter)) backend.changed(t);
    backend.native.adamStep(params, m, v, grads, Float32Array.of(rate, scale), beta1, beta2, epsilon);
    return [];
  },

  EmaStep({ backend, inputs, attrs }) {
    const all = Object.values(inputs);
    const half = all.length / 2;
    const buffers = all.map((t) => backend.buffer(t));
    for (const t of all.slice(0, half)) backend.changed(t);
    backend.native.emaStep(buffers.slice(0, half), buffers.slice(half), attrs.tau);
    return [];
  },
};
