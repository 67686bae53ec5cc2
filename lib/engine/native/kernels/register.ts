import * as tf from "@tensorflow/tfjs";
import type { NativeBackend } from "../backend.js";
import { batchNormKernels } from "./batch-norm.js";
import { convBatchNormKernels } from "./conv-batch-norm.js";
import { convolutionKernels } from "./convolution.js";
import { copyKernels } from "./copy.js";
import { elementwiseKernels } from "./elementwise.js";
import type { KernelCall, KernelTable, NativeKernel } from "./kernel-table.js";
import { matMulKernels } from "./mat-mul.js";
import { poolingKernels } from "./pooling.js";
import { reductionKernels } from "./reduction.js";
import { trainingKernels } from "./training.js";

/**
 * Registers every kernel of the backend under its name in tfjs: the native ones, and for all others tfjs' JavaScript kernel
 * as a counted fallback. Any error leaves with the kernel's name and the shapes it was called with.
 */
export function registerKernels(backendName: string, backend: NativeBackend): void {
  const table: KernelTable = {
    ...convolutionKernels,
    ...matMulKernels,
    ...batchNormKernels,
    ...convBatchNormKernels,
    ...poolingKernels,
    ...elementwiseKernels,
    ...reductionKernels,
    ...copyKernels,
    ...trainingKernels,
  };
  const javascript = new Map(tf.getKernelsForBackend("cpu").map((k) => [k.kernelName, k]));
  // Operations that not every library has: elsewhere they are composed of those that all have, which is no fallback,
  // also where the JavaScript backend has composed them before.
  for (const [name, call] of Object.entries(OPTIONAL)) {
    if (call in backend.native) continue;
    delete table[name];
    javascript.delete(name);
  }
  for (const kernelName of new Set([...javascript.keys(), ...Object.keys(table)])) {
    const fallback = javascript.get(kernelName);
    const kernelFunc = makeKernel(backend, kernelName, table[kernelName], fallback?.kernelFunc);
    tf.registerKernel({ ...fallback, kernelName, backendName, kernelFunc });
  }
}

const OPTIONAL: Record<string, string> = {
  ConvBatchNorm: "convBatchNorm",
  ConvBatchNormGrad: "convBatchNormGrad",
  SwappedCosineLoss: "swappedCosineLoss",
  SwappedCosineLossGrad: "swappedCosineLossGrad",
};

/** These only make a second handle on the same storage, so tfjs' own versions are as good as native. */
const HANDLES = new Set(["Identity", "Reshape", "ExpandDims"]);

function makeKernel(
  backend: NativeBackend,
  name: string,
  native: NativeKernel | undefined,
  fallback: tf.KernelFunc | undefined,
): tf.KernelFunc {
  if (HANDLES.has(name) && fallback) return fallback;
  const count = native ? (backend.kernels[name] = { calls: 0, ms: 0 }) : undefined;
  return (call) => {
    try {
      if (native && count) {
        const start = backend.profile ? performance.now() : 0;
        const result = native(call as unknown as KernelCall);
        if (result) {
          count.calls++;
          if (backend.profile) {
            backend.native.finish?.();
            count.ms += performance.now() - start;
          }
          return result;
        }
      }
      if (!fallback) throw new Error("not supported for tensors of this type");
      backend.fallbacks[name] = (backend.fallbacks[name] ?? 0) + 1;
      return fallback(call);
    } catch (error) {
      const shapes = Object.values(call.inputs).flatMap((t) => (t ? [`[${t.shape}]`] : []));
      throw new Error(`${name}(${shapes.join(", ")}): ${(error as Error).message}`, { cause: error });
    }
  };
}
