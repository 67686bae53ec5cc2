import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startEngine } from "../lib/engine/engine.js";
import { numeric } from "../lib/engine/numeric/numeric.js";
import { packageRoot } from "../lib/package-root.js";
import { scratch } from "./scratch.js";

/** What a program prints that stands in an empty folder and imports the library by its path. */
function elsewhere(code: string): string {
  const folder = realpathSync(scratch());
  const program = `import * as sky from ${JSON.stringify(packageRoot("lib/index.ts"))};\n${code}`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program];
  const child = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  assert.equal(child.status, 0, child.stderr);
  return child.stdout.trim();
}

test("from another working directory: the same engine and the loops of the native addons", async () => {
  const there = elsewhere(`
    const { backend, precision } = await sky.startEngine();
    const { numeric } = await import(${JSON.stringify(packageRoot("lib/engine/numeric/numeric.ts"))});
    console.log(JSON.stringify([backend, precision, numeric() !== null]));`);
  const { backend, precision } = await startEngine();
  assert.deepEqual(JSON.parse(there.split("\n").at(-1)!), [backend, precision, numeric() !== null]);
});

test("from another working directory: worker threads, downloads' manifests and pages are found", () => {
  const there = elsewhere(`
    const { WorkerPool } = await import(${JSON.stringify(packageRoot("lib/worker-pool.ts"))});
    const { readManifests } = await import(${JSON.stringify(packageRoot("lib/data/download/manifest.ts"))});
    const { inlinePage } = await import(${JSON.stringify(packageRoot("lib/notebook/pages/inline-page.ts"))});
    const pool = new WorkerPool("preprocess/preprocess-worker", {}, 1);
    await pool.run({}).catch((error) => console.log(/Cannot find module/.test(error.message)));
    await pool.close();
    console.log((await readManifests()).has("mirabest"), (await inlinePage("label")).includes("<script"));`);
  assert.deepEqual(there.split("\n"), ["false", "true true"]);
});

test("nothing in lib looks for a file of the package from the working directory", () => {
  const own =
    /resolve\(\s*["'`](lib|data|environment|node_modules)[/"'`]|process\.cwd\(\)\s*,\s*["'`](lib|data|environment)/;
  const files = (readdirSync("lib", { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));
  assert.deepEqual(
    files.filter((file) => own.test(readFileSync(join("lib", file), "utf8"))),
    [],
  );
});
