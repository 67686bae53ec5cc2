import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { runNotebook } from "../../../environment/runner/run.js";
import { scratch } from "../../scratch.js";
import { makeNotebook } from "../kernel/make-notebook.js";

const folder = scratch();

test("a kernel that answers and is never idle again is given up in a sentence", async (t) => {
  const kernels = join(folder, "environment/jupyter/kernels/latent-sky");
  mkdirSync(kernels, { recursive: true });
  const argv = ["node", resolve("test/environment/runner/silent-kernel.mjs"), "{connection_file}"];
  writeFileSync(join(kernels, "kernel.json"), JSON.stringify({ argv }));
  const source = await makeNotebook(join(folder, "silent.ipynb"), ["1 + 1", "2 + 2"]);
  process.chdir(folder);
  const later = setTimeout;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let ended = false;
  const running = runNotebook(source, { output: join(folder, "out.ipynb") }).finally(() => {
    ended = true;
  });
  // A second of the runner's time in each 20 ms of ours, five minutes in all.
  for (let i = 0; i < 300 && !ended; i++) {
    await new Promise((r) => later(r, 20));
    t.mock.timers.tick(1000);
  }
  assert.ok(ended, "it waits for ever");
  const { status, failure } = await running;
  assert.deepEqual([status, failure?.cell, failure?.ename], ["failed", 1, "KernelSilentError"]);
  assert.match(failure!.evalue, /^The kernel answered execute_request and was never idle again within 120 s/);
});
