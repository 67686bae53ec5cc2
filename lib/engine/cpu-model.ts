import { cpus } from "node:os";

/** What the processor calls itself. */
export const cpuModel = () => cpus()[0]?.model.trim() ?? "unknown CPU";
