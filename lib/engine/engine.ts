import * as tf from "@tensorflow/tfjs";
import { howToBuild } from "../how-to-run.js";
import { cpuModel } from "./cpu-model.js";
import { startCuda } from "./cuda/start.js";
import type { BackendName, EngineInfo, EngineOptions, EngineStats, StartedEngine } from "./engine-types.js";
import { NativeBackend } from "./native/backend.js";
import { startOneDnn } from "./onednn/start.js";
import { quietCpu } from "./quiet-cpu.js";
import { startTensorflow } from "./tensorflow.js";
import { startWasm } from "./wasm.js";

quietCpu();

/**
 * Picks the tfjs backend that all tensor code runs on. `auto` goes from the fastest to the slowest:
 * cuda > tensorflow-gpu > tensorflow > onednn > wasm > cpu. `cuda` (an NVIDIA GPU and its driver) and `onednn` are this
 * project's native backends and need their addons built; the two between are the user's own installation of
 * tfjs-node(-gpu), found at run time; `cpu` is a reference that is far too slow to train with. `note` says in one line
 * what was picked, what was passed over and why.
 *
 * Calling it again with the same wishes returns the same answer; other wishes switch the backend, but tensors made
 * before a switch should be made anew.
 */
export async function startEngine(options: EngineOptions = {}): Promise<EngineInfo> {
  const wish = JSON.stringify([options.backend ?? "auto", options.precision ?? "auto", options.threads ?? 0]);
  if (running?.wish === wish && tf.getBackend() === running.tfjsName) return running.info;
  if (options.threads !== undefined && !(Number.isInteger(options.threads) && options.threads >= 1)) {
    throw new Error(`startEngine: threads must be a whole number of at least 1, not ${options.threads}.`);
  }
  const candidates = options.backend && options.backend !== "auto" ? [options.backend] : CHAIN;
  const skipped: string[] = [];
  for (const name of candidates) {
    const starter = STARTERS[name];
    if (!starter) {
      throw new Error(`startEngine: there is no backend "${name}"; use auto, ${CHAIN.join(", ")}.`);
    }
    try {
      const started = await starter(options);
      const info: EngineInfo = { backend: name, ...started, note: describe(name, started, skipped) };
      running = { wish, tfjsName: tf.getBackend(), info };
      return info;
    } catch (error) {
      skipped.push(`${name}: ${(error as Error).message}`);
    }
  }
  throw new Error(`startEngine: no usable backend. ${skipped.join(" ")}`);
}

/** What the engine has done since it started: kernels that fell back to plain JavaScript, and memory. */
export function engineStats(): EngineStats {
  const backend = tf.engine().backend;
  if (backend instanceof NativeBackend) return backend.stats();
  return {
    fallbacks: {},
    kernels: {},
    bytes: { tensors: tf.memory().numBytes, native: 0, pooled: 0, peak: 0 },
  };
}

const CHAIN: BackendName[] = ["cuda", "tensorflow-gpu", "tensorflow", "onednn", "wasm", "cpu"];

const STARTERS: Record<BackendName, (options: EngineOptions) => Promise<StartedEngine>> = {
  cuda: startCuda,
  async "tensorflow-gpu"(options) {
    f32Only("tfjs-node-gpu", options);
    return startTensorflow("@tensorflow/tfjs-node-gpu");
  },
  async tensorflow(options) {
    f32Only("tfjs-node", options);
    return startTensorflow("@tensorflow/tfjs-node");
  },
  onednn: startOneDnn,
  async wasm(options) {
    f32Only("wasm", options);
    await startWasm();
    return { device: cpuModel(), precision: "f32", threads: 1 };
  },
  async cpu(options) {
    f32Only("cpu", options);
    await tf.setBackend("cpu");
    return { device: cpuModel(), precision: "f32", threads: 1 };
  },
};

let running: { wish: string; tfjsName: string; info: EngineInfo } | undefined;

function f32Only(name: string, options: EngineOptions): void {
  if (options.precision === "bf16")
    throw new Error(`${name} has no bf16; use the cuda or onednn backend, or precision f32`);
}

function describe(name: BackendName, started: StartedEngine, skipped: string[]): string {
  const picked = `Engine: ${name} on ${started.device}, ${started.precision}, ${started.threads} thread${started.threads === 1 ? "" : "s"}.`;
  const passed = skipped.length > 0 ? ` Passed over: ${skipped.join("; ")}.` : "";
  const faster =
    name === "wasm" || name === "cpu"
      ? ` Faster: a C++ compiler and oneDNN (libdnnl-dev), then ${howToBuild}; or an NVIDIA GPU since Ampere (2020).`
      : name === "onednn" && skipped.length > 0
        ? " Faster: an NVIDIA GPU since Ampere (2020); it needs only its driver, 470 or newer."
        : "";
  return picked + passed + faster;
}
