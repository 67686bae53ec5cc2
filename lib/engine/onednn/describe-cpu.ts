import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { cpuModel } from "../cpu-model.js";

export interface CpuDescription {
  model: string;
  /** Physical cores that this process may run on. */
  cores: number;
  /** What Linux says that the processor can. */
  flags: string;
  /** Whether it multiplies bf16 itself. */
  bf16: boolean;
  /** Whether bf16 runs at all: oneDNN's needs AVX-512. */
  bf16Possible: boolean;
}

/** The processor, from /proc/cpuinfo; elsewhere than on Linux only its name and threads. */
export function describeCpu(): CpuDescription {
  const logical = availableParallelism();
  const model = cpuModel();
  try {
    const info = readFileSync("/proc/cpuinfo", "utf8");
    const field = (name: string) => info.match(new RegExp(`^${name}\\s*: *(.*)$`, "m"))?.[1] ?? "";
    const perCore = Number(field("siblings")) / Number(field("cpu cores")) || 1;
    const cores = Math.max(1, Math.floor(logical / perCore));
    // An emulated ARM processor shows the flags of the one beneath it.
    const flags = process.arch === "x64" ? field("flags") : field("Features");
    const bf16 = /avx512_bf16|amx_bf16/.test(flags);
    return { model, cores, flags, bf16, bf16Possible: /avx512bw/.test(flags) };
  } catch {
    return { model, cores: logical, flags: "", bf16: false, bf16Possible: false };
  }
}
