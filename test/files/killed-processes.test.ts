import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { packageRoot } from "../../lib/package-root.js";

/** The short forms of two scripts that run for an hour by hand; the seed of a run that fails stands in its output. */
for (const [script, count] of [
  ["two-processes.ts", 7],
  ["kills.ts", 8],
] as const)
  test(`${script}, ${count} times`, () => {
    const seed = String(Date.now() % 100_000);
    const args = ["--import", "tsx", packageRoot("test", script), String(count), seed];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`${count} of ${count} (pairs|kills) right`));
  });
