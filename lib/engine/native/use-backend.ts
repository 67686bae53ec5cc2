import * as tf from "@tensorflow/tfjs";
import { NativeBackend } from "./backend.js";
import { registerKernels } from "./kernels/register.js";
import type { Native } from "./native.js";

/** Makes a native library tfjs' backend `name`, registered at its first use, with these settings from now on. */
export async function useBackend(
  name: string,
  native: Native,
  { precision, threads }: { precision: "f32" | "bf16"; threads: number },
): Promise<void> {
  if (!tf.engine().registryFactory[name]) {
    const backend = new NativeBackend(native, precision, threads);
    registerKernels(name, backend);
    tf.registerBackend(name, () => backend, 0);
  }
  if (!(await tf.setBackend(name))) throw new Error("its backend did not start");
  const backend = tf.engine().backend as NativeBackend;
  backend.precision = precision;
  backend.threads = threads;
}
