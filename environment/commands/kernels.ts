import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../lib/package-root.js";

/**
 * `npm run kernels`: the CUDA engine's kernels as PTX, which NVIDIA's driver compiles for the card at hand and caches.
 * Needs nvcc; the result is committed, so nobody else does.
 */
export const ptxFile = packageRoot("lib/engine/cuda/kernels/sm_80.ptx");

/**
 * The text that nvcc makes of the kernels, or null where there is no nvcc. It says the newest version of the
 * instruction set that nvcc knows; every instruction in it is of 7.0 (CUDA 11.0), which older drivers take too.
 */
export function compileKernels(): string | null {
  const source = packageRoot("lib/engine/cuda/kernels/kernels.cu");
  const folder = mkdtempSync(join(tmpdir(), "kernels-"));
  try {
    const ptx = join(folder, "kernels.ptx");
    const args = ["-ptx", "-arch=compute_80", "-std=c++17", source, "-o", ptx];
    const { stderr, status, error } = spawnSync("nvcc", args, { encoding: "utf8" });
    if (error) return null;
    if (status !== 0) throw new Error(`nvcc failed:\n${stderr}`);
    return readFileSync(ptx, "utf8").replace(/^\.version .*$/m, ".version 7.0");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = compileKernels();
  if (!text) {
    console.error("There is no nvcc: install NVIDIA's CUDA toolkit 13.0, then run npm run kernels again.");
    process.exit(1);
  }
  writeFileSync(ptxFile, text);
  console.log(`${ptxFile}: ${(text.length / 1e6).toFixed(1)} MB`);
}
