import * as tf from "@tensorflow/tfjs";
import type { EngineOptions, EngineStats } from "../engine.js";

export class OneDnnBackend extends tf.KernelBackend {
  stats(): EngineStats {
    return { fallbacks: {}, kernels: {}, bytes: { tensors: 0, native: 0, pooled: 0, peak: 0 } };
  }
}

export async function startOneDnn(_: EngineOptions): Promise<never> {
  throw new Error("the addon is not built");
}
