import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../lib/package-root.js";

/** Files that write without `atomicWrite`, and why they may. */
const others: Readonly<Record<string, string>> = {
  "lib/files/atomic-write.ts": "the home itself",
  "lib/files/with-lock.ts": "a lock appears with its content by a hard link",
  "lib/discovery/label-file.ts": "lines are added, each synced before it is acknowledged",
  "lib/data/images/write-stack.ts":
    "gigabytes, continued where they stopped; a journal says how far they are whole",
  "lib/data/download/transfer.ts": "a part that is continued",
  "lib/data/cutouts/fetch-cutouts.ts": "notes are added; an image without one is fetched again",
  "lib/data/archives/tar.ts": "a decompressed tar of any size, renamed when it is whole",
  "lib/data/mock/mock-survey-worker.ts": "thousands of images, whole when their folder gets its name",
  "environment/runner/kernel-client.ts": "a new folder of its own, with a key that nobody else may read",
  "lib/data/download/download.ts": "a copy under a temporary name, renamed when it is whole",
  "lib/survey/run-survey.ts": "what a task prints is added to its log",
  "environment/commands/kernels.ts": "a developer's tool: its result is committed",
  "environment/jupyter/renderers.ts": "copies of packages, made anew at each start",
  "environment/jupyter/jupyter-folders.ts": "made anew at each start",
};

const writing =
  /\b(?:writeFile|appendFile|createWriteStream|writeFileSync|appendFileSync|writeSync|copyFile)\(|\bopen(?:Sync)?\([^)]*,\s*[^)]*"[wa]x?\+?"/;

test("every file that writes goes through atomicWrite, or is listed with its reason", () => {
  const found: string[] = [];
  for (const folder of ["lib", "environment"])
    for (const name of readdirSync(packageRoot(folder), { recursive: true }).map(String)) {
      const path = join(folder, name).replaceAll("\\", "/");
      if (!path.endsWith(".ts") || path.includes("node_modules")) continue;
      const lines = readFileSync(packageRoot(path), "utf8").split("\n");
      // Content given to atomicWrite as a function writes into the file that it opened.
      if (
        lines.some((line) => writing.test(line.replace(/\bfile\.writeFile\(/g, ""))) &&
        !/^\s*[/*]/.test(path)
      )
        found.push(path);
    }
  assert.deepEqual(found.filter((path) => !(path in others)).sort(), []);
});
