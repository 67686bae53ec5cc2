import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../lib/files/atomic-write.js";
import { scratch } from "../scratch.js";

test("folders above are made too, by several at once; what is there stays, and a file in the way is named", async (t) => {
  const dir = scratch(t);
  const deep = join(dir, "a/b/c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(dir, "a/b/d"))]);
  assert.ok(statSync(deep).isDirectory() && existsSync(join(dir, "a/b/d")));
  await makeFolder(deep);
  writeFileSync(join(dir, "file"), "");
  await assert.rejects(makeFolder(join(dir, "file")), { code: "EEXIST" });
  await assert.rejects(makeFolder(join(dir, "file/below")), { code: "ENOTDIR" });
});

/** What a script prints that runs in a process of its own, and the signal that ended it. */
function outcome(script: string, env: NodeJS.ProcessEnv = {}) {
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const { stdout, signal } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
  return [stdout.trim(), signal];
}

// In a process of its own: before this was so, no error came and the thread never ended.
const skip = process.platform !== "linux" && "needs /proc";
test("where the folder above is there and none can be made in it, that is an error at once", { skip }, () => {
  const maker = `import { makeFolder } from "./lib/files/atomic-write.ts";
    await makeFolder("/proc/nowhere/below").catch((error) => console.log(error.code));`;
  assert.deepEqual(outcome(maker), ["ENOENT", null]);
  const jupyter = `import { jupyterEnvironment } from "./environment/jupyter/jupyter-folders.ts";
    await jupyterEnvironment("/proc/nowhere/below").catch((error) => console.log(error.code));`;
  assert.deepEqual(outcome(jupyter), ["ENOENT", null]);
});

test("the engine starts where its folder of the cache cannot be made", { skip }, () => {
  const engine = `import { startOneDnn } from "./lib/engine/onednn/start.ts";
    const started = await startOneDnn({ precision: "f32" }).catch((error) => error);
    console.log(started.precision ?? started.message);`;
  const [said, signal] = outcome(engine, { LATENT_SKY_CACHE: "/proc/nowhere/below" });
  assert.ok(said === "f32" || said === "its addon is not built", `${said}`);
  assert.equal(signal, null);
});
