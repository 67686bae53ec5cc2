import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * `npm run bench:gpu`: makes `out/gpu`, all that a machine with an NVIDIA GPU needs to test and time the CUDA engine,
 * to be carried there: Node itself (stripped), the engine's tests and the benchmark as one file each, the addon, the
 * PTX and PyTorch's side. There: `sh out/gpu/run.sh`, with a python3 that has PyTorch for the comparison.
 */
const tests = [
  "engine/kernels",
  "engine/custom-ops",
  "engine/augment-warp",
  "engine/training",
  "engine/hostile",
  "engine/repeated-step",
  "nn/golden",
  "nn/read-batches",
];

const folder = "out/gpu";
const at = (...parts: string[]) => join(folder, ...parts);

async function main(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["bin", "lib/engine/cuda/build/Release", "lib/engine/cuda/kernels", "test", "bench"])
    mkdirSync(at(part), { recursive: true });
  // Files beside these bundles are found as in the package: `lib` lies in its root (lib/package-root.ts).
  const entryPoints = Object.fromEntries([
    ...tests.map((name) => [`${name.split("/")[1]}.test`, `test/${name}.test.ts`]),
    ["engine-worker", "bench/engine-worker.ts"],
    ["gpu-bench", "bench/gpu/gpu-bench.ts"],
    ["mirabest", "bench/gpu/mirabest.ts"],
    ["losses", "bench/gpu/losses.ts"],
    ["preprocess/preprocess-worker", "lib/preprocess/preprocess-worker.ts"],
  ]);
  await build({
    entryPoints,
    outdir: at("lib"),
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    external: ["sharp", "esbuild", "playwright-core"],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const addon = "lib/engine/cuda/build/Release/latent_sky_cuda.node";
  if (!existsSync(addon)) throw new Error(`${addon} is not here: npm run build makes it.`);
  copyFileSync(addon, at(addon));
  const kernels = "lib/engine/cuda/kernels";
  for (const name of readdirSync(kernels))
    if (name.endsWith(".ptx")) copyFileSync(join(kernels, name), at(kernels, name));
  cpSync("test/reference/nn.json", at("test/reference/nn.json"));
  for (const peer of ["torch_byol.py", "torch_convolutions.py"])
    cpSync(`bench/peers/${peer}`, at("bench/peers", peer));
  copyFileSync("bench/gpu/run.sh", at("run.sh"));
  copyFileSync("lib/worker-start.mjs", at("lib/worker-start.mjs"));
  writeFileSync(at("package.json"), '{ "type": "module" }\n');
  run(process.execPath, "--import", "tsx", "bench/gpu/losses.ts", at("losses.json"), "onednn");
  const numeric = "lib/engine/numeric/build/Release/numeric.node";
  if (existsSync(numeric)) cpSync(numeric, at(numeric));
  // Pictures are decoded by sharp, whose binaries are packages of their own.
  for (const name of [
    "sharp",
    "@img/sharp-linux-x64",
    "@img/sharp-libvips-linux-x64",
    "@img/colour",
    "detect-libc",
    "semver",
  ])
    if (existsSync(join("node_modules", name)))
      cpSync(join("node_modules", name), at("node_modules", name), { recursive: true });
  copyFileSync(process.execPath, at("bin/node"));
  run("strip", "--strip-unneeded", at("bin/node"));
  run("xz", "-T0", "-6", at("bin/node"));
  const size = (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => statSync(at(name)))
    .reduce((sum, s) => sum + (s.isFile() ? s.size : 0), 0);
  console.log(`${folder}: ${(size / 2 ** 20).toFixed(0)} MiB. On a machine with a GPU: sh ${folder}/run.sh`);
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error || status !== 0)
    throw new Error(`${[command, ...args].join(" ")} did not work, and the pack needs it.`);
}

await main();
