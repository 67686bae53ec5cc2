import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { packageRoot } from "../package-root.js";
import { cpuModel } from "./cpu-model.js";
import type { StartedEngine } from "./engine-types.js";
import { probe } from "./probe.js";

/**
 * Starts the user's own installation of tfjs-node(-gpu), or throws why it cannot run. Both register themselves as
 * "tensorflow" when they are loaded, and version 4.22 loads on Node >= 23 but fails at its first operation (it calls
 * functions that Node no longer has), so one is tried.
 */
export async function startTensorflow(packageName: string): Promise<StartedEngine> {
  const home = [process.cwd(), packageRoot()].find((folder) => {
    // danfojs-node is installed with plain tfjs in place of tfjs-node, so a folder of that name proves nothing.
    const manifest = join(folder, "node_modules", packageName, "package.json");
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === packageName;
  });
  if (home === undefined) throw new Error("not installed");
  createRequire(join(home, "package.json"))(packageName);
  if (!(await tf.setBackend("tensorflow"))) throw new Error(`${packageName} is installed but did not start`);
  try {
    probe();
  } catch (error) {
    const why = (error as Error).message.split("\n")[0];
    throw new Error(`${packageName} is installed but does not work with Node ${process.version} (${why})`);
  }
  const gpu = (tf.engine().backend as unknown as { isGPUPackage?: boolean }).isGPUPackage === true;
  return {
    device: gpu ? "GPU (libtensorflow)" : `${cpuModel()} (libtensorflow)`,
    precision: "f32",
    threads: cpus().length,
  };
}
