import { availableParallelism } from "node:os";
import { PythonPeer } from "./python-peer.js";

/** Threads of each side. */
export const threads = String(Number(process.env.LATENT_SKY_BENCH_THREADS ?? availableParallelism()));

/** Our engine as a contestant: engine-worker.ts in a process of its own, which answers as a peer does. */
export function ours(mode: string, precision: string, size: number, batch: number): PythonPeer {
  const args = ["tsx", "bench/engine-worker.ts", mode, precision, String(size), String(batch), threads];
  return new PythonPeer("--import", args, process.execPath);
}
