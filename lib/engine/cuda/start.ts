import { packageRoot } from "../../package-root.js";
import type { EngineOptions, StartedEngine } from "../engine-types.js";
import { loadAddon } from "../native/load-addon.js";
import { BF16, F32, type Native, type Storage } from "../native/native.js";
import { useBackend } from "../native/use-backend.js";
import { probe } from "../probe.js";

/** The addon: the backend's functions, and what only a card has. */
interface Cuda extends Native {
  /** Opens the driver and the first card, and loads the kernels of a folder, which the driver compiles once and caches. */
  start(folder: string): { name: string; capability: string; cuda: string };
  /** Whether products of f32 matrices may be taken in bf16 on tensor cores. */
  setPrecision(storage: Storage): void;
}

/** Starts the backend on the first NVIDIA GPU, or throws why it cannot run here. Nothing but the driver is needed. */
export async function startCuda(options: EngineOptions): Promise<StartedEngine> {
  const native = loadAddon<Cuda>("lib/engine/cuda", "latent_sky_cuda");
  if (!native) throw new Error("its addon is not built");
  const card = native.start(packageRoot("lib/engine/cuda/kernels"));
  const precision = options.precision === "f32" ? "f32" : "bf16";
  native.setPrecision(precision === "bf16" ? BF16 : F32);
  await useBackend("cuda", native, { precision, threads: 1 });
  probe();
  return { device: `${card.name} (CUDA ${card.cuda}, capability ${card.capability})`, precision, threads: 1 };
}
