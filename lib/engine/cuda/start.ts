import * as tf from "@tensorflow/tfjs";
import { packageRoot } from "../../package-root.js";
import type { EngineInfo, EngineOptions } from "../engine-types.js";
import { NativeBackend } from "../native/backend.js";
import { registerKernels } from "../native/kernels/register.js";
import { loadAddon } from "../native/load-addon.js";
import { BF16, F32, type Native, type Storage } from "../native/native.js";
import { probe } from "../tensorflow.js";

/** The addon: the backend's functions, and what only a card has. */
interface Cuda extends Native {
  /** Opens the driver and the first card, and loads the kernels of a folder, which the driver compiles once and caches. */
  start(folder: string): { name: string; capability: string; cuda: string };
  /** Whether products of f32 matrices may be taken in bf16 on tensor cores. */
  setPrecision(storage: Storage): void;
}

/** Starts the backend on the first NVIDIA GPU, or throws why it cannot run here. Nothing but the driver is needed. */
export async function startCuda(options: EngineOptions): Promise<Omit<EngineInfo, "backend" | "note">> {
  const native = loadAddon<Cuda>("lib/engine/cuda", "latent_sky_cuda");
  if (!native) throw new Error("its addon is not built");
  const card = native.start(packageRoot("lib/engine/cuda/kernels"));
  const precision = options.precision === "f32" ? "f32" : "bf16";
  native.setPrecision(precision === "bf16" ? BF16 : F32);
  if (!tf.engine().registryFactory.cuda) {
    const backend = new NativeBackend(native, precision, 1);
    registerKernels("cuda", backend);
    tf.registerBackend("cuda", () => backend, 0);
  }
  if (!(await tf.setBackend("cuda"))) throw new Error("its backend did not start");
  (tf.engine().backend as NativeBackend).precision = precision;
  probe();
  return { device: `${card.name} (CUDA ${card.cuda}, capability ${card.capability})`, precision, threads: 1 };
}
