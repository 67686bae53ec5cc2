import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { readNotebook, writeNotebook } from "../../environment/runner/notebook-file.js";
import { readNpy, writeNpy } from "../../lib/data/tables/npy.js";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { Checkpoints } from "../../lib/nn/checkpoint.js";
import { loadFeatures, saveFeatures } from "../../lib/nn/features-file.js";
import { readSafetensors, writeSafetensors } from "../../lib/nn/safetensors.js";
import { scratch } from "../scratch.js";

/** Writes version 1, then 2, of something into `folder`; `read` says which is there, and rejects for half a file. */
interface Writer {
  write(folder: string, version: number): Promise<unknown>;
  read(folder: string): Promise<unknown>;
}

const values = (version: number) => new Float32Array(600).fill(version);
const weights = (version: number) => new Map([["w", { shape: [600], data: values(version) }]]);
const checkpoints = (folder: string) => new Checkpoints(join(folder, "run"));
const features = (version: number) => ({
  ids: ["a", "b"],
  features: { data: values(version), shape: [2, 300] as [number, number] },
  provenance: {},
});
const notebook = (version: number) => ({
  cells: [{ cell_type: "markdown" as const, id: "m", metadata: {}, source: String(version) }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});

const writers: Record<string, Writer> = {
  "a text": {
    write: (folder, version) => atomicWrite(join(folder, "t"), String(version).repeat(5000)),
    async read(folder) {
      const text = readFileSync(join(folder, "t"), "utf8");
      assert.equal(text, text[0].repeat(5000));
      return Number(text[0]);
    },
  },
  "an npy": {
    write: (folder, version) => writeNpy(join(folder, "a.npy"), { data: values(version), shape: [60, 10] }),
    read: async (folder) => whole((await readNpy(join(folder, "a.npy"))).data),
  },
  weights: {
    write: (folder, version) => writeSafetensors(join(folder, "w.safetensors"), weights(version)),
    read: async (folder) =>
      whole((await readSafetensors(join(folder, "w.safetensors"))).tensors.get("w")!.data),
  },
  features: {
    write: (folder, version) => saveFeatures(join(folder, "f.parquet"), features(version)),
    read: async (folder) => whole((await loadFeatures(join(folder, "f.parquet"))).features.data),
  },
  "a checkpoint": {
    write: (folder, version) =>
      checkpoints(folder).save({ epoch: version, step: version, settings: {}, log: [] }, weights(version)),
    async read(folder) {
      const latest = await checkpoints(folder).latest();
      assert.equal(whole(latest!.tensors.get("w")!.data), latest!.state.epoch);
      return latest!.state.epoch;
    },
  },
  "a notebook": {
    write: (folder, version) => writeNotebook(join(folder, "n.ipynb"), notebook(version) as never),
    read: async (folder) => Number((await readNotebook(join(folder, "n.ipynb"))).cells[0].source),
  },
};

function whole(data: ArrayLike<number>): number {
  assert.ok(Array.from(data).every((v) => v === data[0]));
  return data[0];
}

/** Lets the `n`-th write, sync, rename or open from now on fail, a write after half its bytes; says whether it came. */
async function failingAt(
  n: number,
  work: () => Promise<unknown>,
): Promise<{ failed: string; error: unknown }> {
  const handle = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  let calls = 0;
  let failed = "";
  const undo: (() => void)[] = [];
  const shim = (on: object, name: string, half = false) => {
    const methods = on as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const real = methods[name];
    undo.push(() => {
      methods[name] = real;
    });
    methods[name] = async function (this: unknown, ...given: unknown[]) {
      if (calls++ !== n) return real.apply(this, given);
      failed = name;
      const [content] = given;
      if (half && (typeof content === "string" || content instanceof Uint8Array))
        await real.call(this, content.slice(0, content.length >> 1));
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO" });
    };
  };
  shim(promises, "open");
  shim(promises, "rename");
  for (const name of ["write", "writeFile"]) shim(prototype, name, true);
  for (const name of ["sync", "datasync"]) shim(prototype, name);
  syncBuiltinESMExports();
  try {
    await work();
    return { failed, error: null };
  } catch (error) {
    return { failed, error };
  } finally {
    for (const back of undo) back();
    syncBuiltinESMExports();
  }
}

for (const [name, { write, read }] of Object.entries(writers))
  test(`an I/O error at each step of writing ${name} leaves the old or the new, and a sentence`, async (t) => {
    const seen = new Set<string>();
    for (let n = 0; ; n++) {
      const folder = join(scratch(t), "d");
      await write(folder, 1);
      const { failed, error } = await failingAt(n, () => write(folder, 2));
      if (!failed) break;
      seen.add(failed);
      const there = await read(folder);
      if (error) {
        assert.match((error as Error).message, /^Cannot .*EIO.*run again\.$/, `${failed}, call ${n}`);
        assert.ok(there === 1 || there === 2);
      } else assert.equal(there, 2, `${failed}, call ${n}`);
      const left = readdirSync(folder, { recursive: true })
        .map(String)
        .filter((f) => f.endsWith(".tmp"));
      assert.deepEqual(left, [], `${failed}, call ${n}`);
      await write(folder, 2);
      assert.equal(await read(folder), 2);
    }
    for (const step of ["open", "sync", "rename"]) assert.ok(seen.has(step), `no ${step} was made to fail`);
    assert.ok(seen.has("write") || seen.has("writeFile"));
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
