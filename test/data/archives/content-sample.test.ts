import assert from "node:assert/strict";
import { mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openArchive } from "../../../lib/data/archives/open-archive.js";
import { scratch } from "../../scratch.js";
import { tarBytes } from "./make-archives.js";

/** Bytes whose middle differs from one `value` to the next. */
const content = (value: number, size = 20_000) =>
  new Uint8Array(size).fill(7).fill(value, size / 2, size / 2 + 9);
const tar = (value: number) =>
  tarBytes(["a.fits", "b.fits"].map((name) => ({ name, mtime: new Date(0), body: content(value) })));

/** Writes with a fixed time, as `cp -p` and `rsync -t` do. */
function writeOld(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  utimesSync(path, 1e9, 1e9);
}

const kinds: Record<string, (folder: string, value: number) => Promise<string>> = {
  async "a folder"(folder, value) {
    mkdirSync(join(folder, "set"), { recursive: true });
    writeOld(join(folder, "set", "a.fits"), content(1));
    writeOld(join(folder, "set", "b.fits"), content(value));
    return join(folder, "set");
  },
  async "a tar"(folder, value) {
    writeOld(join(folder, "set.tar"), await tar(value));
    return join(folder, "set.tar");
  },
  async "a tar.gz"(folder, value) {
    // stored, so that its size stays
    writeOld(join(folder, "set.tar.gz"), gzipSync(await tar(value), { level: 0 }));
    return join(folder, "set.tar.gz");
  },
  async "one image"(folder, value) {
    writeOld(join(folder, "one.fits"), content(value, 1_000_000));
    return join(folder, "one.fits");
  },
};

for (const [kind, write] of Object.entries(kinds))
  test(`${kind}: other pixels under the same names, sizes and times give another fingerprint`, async (t) => {
    const folder = scratch(t);
    const open = async (value: number) => {
      const path = await write(folder, value);
      const archive = await openArchive(path);
      await archive.close();
      return { fingerprint: archive.fingerprint, size: statSync(path).size };
    };
    const first = await open(2);
    assert.deepEqual(await open(2), first);
    const other = await open(3);
    assert.equal(other.size, first.size);
    assert.notEqual(other.fingerprint, first.fingerprint);
  });

test("of more than five hundred files five hundred are looked at, evenly spread", async (t) => {
  const folder = scratch(t);
  const set = join(folder, "set");
  mkdirSync(set);
  const name = (i: number) => join(set, `${String(i).padStart(4, "0")}.fits`);
  for (let i = 0; i < 2000; i++) writeOld(name(i), content(1, 100));
  const fingerprint = async () => (await openArchive(set)).fingerprint;
  const before = await fingerprint();
  for (let i = 1000; i < 1010; i++) writeOld(name(i), content(2, 100));
  assert.notEqual(await fingerprint(), before);
  assert.equal((await openArchive(set)).sampled, 500);
});
