import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { scratch } from "../scratch.js";
import { writers } from "./all-writers.js";

/**
 * Lets the `n`-th open, write, append, sync, link or rename from now on fail, a write after half its bytes; says whether
 * it came, and which steps were taken.
 */
async function failingAt(
  n: number,
  work: () => Promise<unknown>,
): Promise<{ failed: string; error: unknown; steps: string[] }> {
  const handle = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const steps: string[] = [];
  let failed = "";
  const undo: (() => void)[] = [];
  const shim = (on: object, name: string, half = false) => {
    const methods = on as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const real = methods[name];
    undo.push(() => {
      methods[name] = real;
    });
    methods[name] = async function (this: unknown, ...given: unknown[]) {
      // What is opened to be read is no step of writing.
      if (name === "open" && [undefined, "r"].includes(given[1] as string)) return real.apply(this, given);
      if (steps.push(name) !== n + 1) return real.apply(this, given);
      failed = name;
      const [content] = given;
      if (half && (typeof content === "string" || content instanceof Uint8Array))
        await real.call(this, content.slice(0, content.length >> 1));
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO" });
    };
  };
  for (const name of ["open", "rename", "appendFile", "link"]) shim(promises, name);
  for (const name of ["write", "writeFile"]) shim(prototype, name, true);
  for (const name of ["sync", "datasync"]) shim(prototype, name);
  syncBuiltinESMExports();
  try {
    await work();
    return { failed, error: null, steps };
  } catch (error) {
    return { failed, error, steps };
  } finally {
    for (const back of undo) back();
    syncBuiltinESMExports();
  }
}

for (const [name, { write, read, slow }] of Object.entries(writers))
  test(`an I/O error at each step of writing ${name} leaves the old or the new, and a sentence`, async (t) => {
    const seen = new Set<string>();
    // A slow writer meets the error at the first and the last step of each kind only.
    const { steps } = slow ? await failingAt(-1, () => write(join(scratch(t), "d"), 1)) : { steps: null };
    const chosen = steps?.flatMap((kind, n) =>
      n === steps.indexOf(kind) || n === steps.lastIndexOf(kind) ? [n] : [],
    );
    for (const n of chosen ?? Array(400).keys()) {
      const folder = join(scratch(t), "d");
      await write(folder, 1);
      const { failed, error } = await failingAt(n, () => write(folder, 2));
      if (!failed) break;
      seen.add(failed);
      const where = `${failed}, call ${n}`;
      const there = await read(folder);
      if (error) {
        const { message } = error as Error;
        assert.match(message, /EIO.*again\b.*\.$|could not be downloaded.*\.$/s, where);
        assert.doesNotMatch(message, /^EIO/, where);
        // A stack's old index goes before its new pixels come: for that moment there is none.
        assert.ok(there === 1 || there === 2 || (there === 0 && name === "a stack"), where);
      } else assert.equal(there, 2, where);
      const left = readdirSync(folder, { recursive: true }).map(String);
      assert.deepEqual(
        left.filter((f) => f.endsWith(".tmp") || f.endsWith(".lock")),
        [],
        where,
      );
      await write(folder, 2);
      assert.equal(await read(folder), 2, where);
    }
    assert.ok(seen.has("open"), "no open was made to fail");
    assert.ok(seen.has("write") || seen.has("writeFile") || seen.has("appendFile"), "no write was");
  });

test("a label whose write or sync fails is not acknowledged, and those before it stay", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const file = await LabelFile.open(path);
  await file.append({ id: "a", score: 1 });
  const seen = new Set<string>();
  for (let n = 0; ; n++) {
    const { failed, error } = await failingAt(n, () => file.append({ id: `b${n}`, score: 2 }));
    if (!failed) break;
    seen.add(failed);
    if (error) assert.match((error as Error).message, /EIO.*run again|EIO.*again/, `${failed}, call ${n}`);
    const there = await readLabels(path);
    assert.equal(there.get("a"), 1);
    assert.equal(there.has(`b${n}`), !error, `${failed}, call ${n}`);
  }
  await file.close();
  assert.ok(seen.has("writeFile") && seen.has("sync"));
});
