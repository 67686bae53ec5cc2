import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tarBytes, writeZip } from "../data/archives/make-archives.js";
import { scratch } from "../scratch.js";

const skip = existsSync("/proc/self/fd") ? false : "open files are counted in Linux's /proc";

test("archives and stacks that nobody closed or holds are closed without a warning", { skip }, async (t) => {
  const dir = scratch(t);
  const entries = { "a.txt": new Uint8Array(100), "b.txt": new Uint8Array(200) };
  writeZip(join(dir, "some.zip"), entries);
  writeFileSync(join(dir, "some.tar"), await tarBytes([{ name: "a.txt", body: new Uint8Array(100) }]));
  // What is written to stdout: files open before, while they are held, and after they were forgotten.
  const script = `
    import { readdirSync, readlinkSync } from "node:fs";
    import { setTimeout } from "node:timers/promises";
    import { openArchive } from "./lib/data/archives/open-archive.ts";
    import { openStack } from "./lib/data/images/image-stack.ts";
    import { stackImages } from "./lib/data/images/stack-images.ts";
    const dir = process.argv[1];
    const open = () => readdirSync("/proc/self/fd").filter((fd) => {
      try { return readlinkSync("/proc/self/fd/" + fd).startsWith(dir); } catch { return false; }
    }).length;
    const image = async () => ({ data: new Uint8Array(4), width: 2, height: 2, channels: 1 });
    await (await stackImages({ length: 1, ids: ["a"], image }, { path: dir + "/stack" })).close();
    const counts = [open()];
    async function use() {
      const held = [await openArchive(dir + "/some.zip"), await openArchive(dir + "/some.tar"), await openStack(dir + "/stack")];
      await held[0].read("a.txt");
      await held[2].read([0]);
      gc();
      await setTimeout(20);
      counts.push(open());
      return (await held[1].read("a.txt")).length;
    }
    counts.push(await use());
    for (let i = 0; i < 100 && open() > 0; i++) { gc(); await setTimeout(20); }
    counts.push(open());
    console.log(JSON.stringify(counts));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", "--input-type=module", "-e", script, dir],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [0, 3, 100, 0]);
});
