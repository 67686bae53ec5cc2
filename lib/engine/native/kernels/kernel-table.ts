import type * as tf from "@tensorflow/tfjs";
import type { NativeBackend } from "../backend.js";

/**
 * A native kernel: allocates its results and fills them, or answers null for a case it does not cover (an integer
 * tensor, a rare layout), which then goes to tfjs' own kernel and is counted as a fallback.
 */
export type NativeKernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[] | null;

export interface KernelCall {
  backend: NativeBackend;
  /** By name, as tfjs has them; custom operations number theirs 0, 1, ... */
  inputs: Record<string, tf.TensorInfo>;
  // biome-ignore lint/suspicious/noExplicitAny: attributes differ for each kernel and come untyped from tfjs
  attrs: any;
}

export type KernelTable = Record<string, NativeKernel>;
