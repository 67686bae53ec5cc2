import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../lib/package-root.js";

/**
 * `npm run kernels`: the CUDA engine's kernels as PTX, which NVIDIA's driver compiles for the card at hand and caches:
 * for every card since Ampere, and with the products of whole warpgroups for those of compute capability 9.0, which
 * alone have them. Needs nvcc; the result is committed, so nobody else does.
 */
export const targets = [
  { name: "sm_80", architecture: "compute_80", version: "7.0" },
  { name: "sm_90a", architecture: "compute_90a", version: "8.0" },
] as const;

export const ptxFile = (name: string) => packageRoot(`lib/engine/cuda/kernels/${name}.ptx`);

/**
 * The text that nvcc makes of the kernels for a target, or null where there is no nvcc. It says the newest version of
 * the instruction set that nvcc knows; every instruction in it is of the target's (7.0 is CUDA 11.0, 8.0 is 12.0),
 * which older drivers take too.
 */
export function compileKernels({ architecture, version }: (typeof targets)[number]): string | null {
  const source = packageRoot("lib/engine/cuda/kernels/kernels.cu");
  const folder = mkdtempSync(join(tmpdir(), "kernels-"));
  try {
    const ptx = join(folder, "kernels.ptx");
    const args = ["-ptx", `-arch=${architecture}`, "-std=c++17", source, "-o", ptx];
    const { stderr, status, error } = spawnSync("nvcc", args, { encoding: "utf8" });
    if (error) return null;
    if (status !== 0) throw new Error(`nvcc failed:\n${stderr}`);
    return readFileSync(ptx, "utf8").replace(/^\.version .*$/m, `.version ${version}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const target of targets) {
    const text = compileKernels(target);
    if (!text) {
      console.error("There is no nvcc: install NVIDIA's CUDA toolkit 13.0, then run npm run kernels again.");
      process.exit(1);
    }
    writeFileSync(ptxFile(target.name), text);
    console.log(`${ptxFile(target.name)}: ${(text.length / 1e6).toFixed(1)} MB`);
  }
