import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../lib/package-root.js";

/**
 * The CUDA engine's tests run on a machine without a GPU: `stand-in-driver.cc` is built as a libcuda.so.1 that runs
 * the engine's own kernels on the CPU, once for each state of their sources. With LATENT_SKY_TEST_GPU=1 the tests run
 * on the card that is there.
 */
export const onCard = process.env.LATENT_SKY_TEST_GPU === "1";

let standIn: string | undefined;

/** Why the CUDA engine's tests cannot run here, or false. The first import points the engine at the stand-in. */
export const noCuda: string | false = prepare();

/** Whether the engine finds the stand-in when it is started for the first time: `auto` is not to pick it. */
export function showStandIn(shown: boolean): void {
  if (shown && standIn) process.env.LATENT_SKY_CUDA_DRIVER = standIn;
  else if (standIn) delete process.env.LATENT_SKY_CUDA_DRIVER;
}

function prepare(): string | false {
  if (!existsSync(packageRoot("lib/engine/cuda/build/Release/latent_sky_cuda.node")))
    return "the CUDA addon is not built: npm run build";
  if (onCard) return false;
  if (process.arch !== "x64") return "the GPU emulator is written for x86-64";
  if (spawnSync("g++", ["--version"]).error) return "the GPU emulator needs g++, which is not installed";
  standIn = compile("stand-in-driver.cc", "libcuda.so.1", ["-shared", "-fPIC"]);
  process.env.LATENT_SKY_CUDA_DRIVER = standIn;
  return false;
}

/**
 * Compiles a C++ file of this folder against the kernels, or `source` in their place, and returns the result. A cache
 * in node_modules keeps it until a source changes; several test files may ask at once, and one of them builds.
 */
export function compile(file: string, name: string, flags: string[]): string {
  const extra = (process.env.LATENT_SKY_EMULATOR_FLAGS ?? "").split(" ").filter(Boolean);
  const kernels = packageRoot("lib/engine/cuda/kernels");
  const here = packageRoot("test/engine/cuda");
  const hash = createHash("sha256").update(JSON.stringify([file, flags, extra]));
  for (const folder of [kernels, here])
    for (const source of readdirSync(folder).sort())
      if (/\.(cu|h|cc)$/.test(source)) hash.update(source).update(readFileSync(join(folder, source)));
  const folder = packageRoot("node_modules/.cache/latent-sky-emulator", hash.digest("hex").slice(0, 16));
  const result = join(folder, name);
  const lock = `${folder}.lock`;
  mkdirSync(folder, { recursive: true });
  while (!existsSync(result)) {
    if (!locked(lock)) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      continue;
    }
    try {
      const made = `${result}.${process.pid}`;
      const args = [
        "-O3",
        "-march=native",
        "-std=c++17",
        "-Wno-unknown-pragmas",
        "-DSKY_EMULATE",
        `-I${here}`,
      ];
      const { status, stderr } = spawnSync(
        "g++",
        [...args, ...flags, ...extra, "-x", "c++", join(here, file), "-o", made],
        { encoding: "utf8" },
      );
      if (status !== 0) throw new Error(`${file} does not compile:\n${stderr}`);
      renameSync(made, result);
    } finally {
      rmSync(lock, { recursive: true });
    }
  }
  return result;
}

/** True for the one that may build; a lock that a killed process left behind counts for five minutes. */
function locked(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    try {
      if (Date.now() - statSync(lock).mtimeMs > 300_000) rmSync(lock, { recursive: true });
    } catch {}
    return false;
  }
}
