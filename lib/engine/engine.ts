import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { BackendName, EngineInfo, EngineOptions, EngineStats } from "./engine-types.js";
import { NativeBackend } from "./native/backend.js";
import { startOneDnn } from "./onednn/start.js";
import { startWasm } from "./wasm.js";

/**
 * Picks the tfjs backend that all tensor code runs on. `auto` goes from the fastest to the slowest:
 * tensorflow-gpu > tensorflow > onednn > wasm > cpu. The first two are the user's own installation of tfjs-node(-gpu),
 * found at run time; `onednn` is this project's native backend and needs its addon built; `cpu` is a reference that
 * is far too slow to train with. `note` says in one line what was picked, what was passed over and why.
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

type Started = Omit<EngineInfo, "backend" | "note">;

const CHAIN: BackendName[] = ["tensorflow-gpu", "tensorflow", "onednn", "wasm", "cpu"];

const STARTERS: Record<BackendName, (options: EngineOptions) => Promise<Started>> = {
  "tensorflow-gpu": (options) => startTensorflow("@tensorflow/tfjs-node-gpu", options),
  tensorflow: (options) => startTensorflow("@tensorflow/tfjs-node", options),
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

/** tfjs-node and tfjs-node-gpu both register themselves as "tensorflow" when they are loaded. */
async function startTensorflow(packageName: string, options: EngineOptions): Promise<Started> {
  const manifest = join(process.cwd(), "node_modules", packageName, "package.json");
  // danfojs-node is installed with plain tfjs in place of tfjs-node, so a folder of that name proves nothing.
  const found = existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === packageName;
  if (!found) throw new Error("not installed");
  f32Only(packageName, options);
  createRequire(join(process.cwd(), "package.json"))(packageName);
  if (!(await tf.setBackend("tensorflow"))) throw new Error(`${packageName} is installed but did not start`);
  const gpu = (tf.engine().backend as unknown as { isGPUPackage?: boolean }).isGPUPackage === true;
  return {
    device: gpu ? "GPU (libtensorflow)" : `${cpuModel()} (libtensorflow)`,
    precision: "f32",
    threads: cpus().length,
  };
}

function f32Only(name: string, options: EngineOptions): void {
  if (options.precision === "bf16")
    throw new Error(`${name} has no bf16; use the onednn backend or precision f32`);
}

function describe(name: BackendName, started: Started, skipped: string[]): string {
  const picked = `Engine: ${name} on ${started.device}, ${started.precision}, ${started.threads} thread${started.threads === 1 ? "" : "s"}.`;
  const passed = skipped.length > 0 ? ` Passed over: ${skipped.join("; ")}.` : "";
  const faster =
    name === "wasm" || name === "cpu"
      ? " Faster: install libdnnl-dev and a C++ compiler, then npx node-gyp rebuild -C lib/engine/onednn."
      : name === "onednn" && skipped.length > 0
        ? " With an NVIDIA GPU: npm install --no-save @tensorflow/tfjs-node-gpu@4.22.0."
        : "";
  return picked + passed + faster;
}

function cpuModel(): string {
  return cpus()[0]?.model.trim() ?? "unknown CPU";
}
