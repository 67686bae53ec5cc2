import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../lib/package-root.js";
import { scratch } from "../scratch.js";
import { noCuda } from "./cuda/emulated.js";

const addons: [folder: string, name: string, calls: number][] = [
  ["lib/engine/onednn", "latent_sky_onednn", 8_000],
  ["lib/engine/cuda", "latent_sky_cuda", 5_000],
  ["lib/engine/numeric", "numeric", 8_000],
  ["lib/data/turbo-jpeg", "turbo_jpeg", 5_000],
];

for (const [folder, name, calls] of addons) {
  const file = packageRoot(folder, "build/Release", `${name}.node`);
  const skip = name === "latent_sky_cuda" ? noCuda : !existsSync(file) && "the addon is not built";
  test(`${name}: ${calls} wrong calls throw and the process lives`, { skip }, (t) => {
    const lastCall = join(scratch(t), "last-call");
    const child = spawnSync(
      process.execPath,
      ["--import", "tsx", packageRoot("test/engine/wrong-calls.ts"), file, String(calls), lastCall],
      {
        encoding: "utf8",
        env: { ...process.env, KERNELS: packageRoot("lib/engine/cuda/kernels") },
      },
    );
    const last = existsSync(lastCall) ? readFileSync(lastCall, "utf8").trim() : "before any call";
    assert.equal(child.status, 0, `${child.signal ?? child.stderr} in ${last}`);
    const { functions, threw } = JSON.parse(child.stdout);
    assert.ok(functions > 0 && threw > calls / 2);
  });
}

test("free takes a tensor of its own engine and nothing else", { skip: noCuda }, () => {
  const load = (folder: string, name: string) =>
    createRequire(import.meta.url)(packageRoot(folder, "build/Release", `${name}.node`));
  const cpu = load("lib/engine/onednn", "latent_sky_onednn");
  const gpu = load("lib/engine/cuda", "latent_sky_cuda");
  gpu.start(packageRoot("lib/engine/cuda/kernels"));
  for (const [one, other] of [
    [cpu, gpu],
    [gpu, cpu],
  ]) {
    const foreign = other.alloc(4, 0);
    for (const wrong of [undefined, null, {}, 1, "x", new Int32Array(4), foreign])
      assert.throws(() => one.free(wrong), /not a native tensor/);
    assert.throws(() => one.fill(foreign, 1), /not a native tensor/);
    other.free(foreign);
  }
});
