import { digest } from "../../digest.js";
import { makeFolder } from "../../files/atomic-write.js";
import { paths } from "../../files/paths.js";
import type { EngineOptions, StartedEngine } from "../engine-types.js";
import { loadAddon } from "../native/load-addon.js";
import type { Native } from "../native/native.js";
import { useBackend } from "../native/use-backend.js";
import { describeCpu } from "./describe-cpu.js";

/** Goes up when the ways to convolve are others than before: what was fastest among those is measured again. */
const WAYS = 2;

/** The addon: the backend's functions, and what only a CPU has. */
interface OneDnn extends Native {
  version: string;
  setThreads(n: number): void;
  /** Which convolution is the faster one for a shape is measured once, and kept in this file. */
  rememberConvolutions(path: string): void;
}

/** Starts the backend, or throws why it cannot run here. Threads default to the physical cores. */
export async function startOneDnn(options: EngineOptions): Promise<StartedEngine> {
  const native = loadAddon<OneDnn>("lib/engine/onednn", "latent_sky_onednn");
  if (!native) throw new Error("its addon is not built");
  const cpu = describeCpu();
  const wanted = options.precision ?? "auto";
  const precision = wanted === "auto" ? (cpu.bf16 ? "bf16" : "f32") : wanted;
  if (precision === "bf16" && !cpu.bf16Possible)
    throw new Error("bf16 needs a CPU with AVX512; use precision f32");
  const threads = options.threads ?? cpu.cores;
  native.setThreads(threads);
  native.rememberConvolutions(await choicesFile(`${cpu.model} ${cpu.flags} ${native.version} ${WAYS}`));
  await useBackend("onednn", native, { precision, threads });
  return {
    device: `${cpu.model} (oneDNN ${native.version}${cpu.bf16 ? ", native bf16" : ""})`,
    precision,
    threads,
  };
}

/** One file for each kind of machine, as a cache folder may be shared between several. */
async function choicesFile(machine: string): Promise<string> {
  const folder = paths.cache("engine");
  try {
    await makeFolder(folder);
  } catch {
    // Where nothing can be written every process measures for itself.
  }
  return `${folder}/convolutions-${digest(machine, 12)}.txt`;
}
