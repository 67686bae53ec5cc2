import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openArchive } from "../../lib/data/archives/open-archive.js";
import { tarBytes } from "../data/archives/make-archives.js";
import { scratch } from "../scratch.js";
import { writers } from "./all-writers.js";
import { noSmallDisk, SmallDisk } from "./small-disk.js";

const skip = noSmallDisk();

function smallDisk(t: TestContext): SmallDisk {
  scratch(t);
  const disk = new SmallDisk(20_480);
  t.after(() => disk.remove());
  return disk;
}

for (const [name, { write, read }] of Object.entries(writers))
  test(`${name}: a full disk leaves the old or the new, and a sentence; with room again it is written`, {
    skip,
  }, async (t) => {
    const disk = smallDisk(t);
    const folder = disk.path("d");
    await write(folder, 1);
    disk.fill();
    await assert.rejects(write(folder, 2), /the disk is full; free some space.*again/s);
    const there = await read(folder);
    assert.ok(there === 1 || (there === 0 && name === "a stack"));
    await disk.free();
    await write(folder, 2);
    assert.equal(await read(folder), 2);
    const left = readdirSync(folder, { recursive: true }).map(String);
    assert.deepEqual(
      left.filter((file) => /\.(tmp|lock|partial)$/.test(file)),
      [],
    );
  });

test("a tar.gz that is unpacked into the cache says that the disk is full, and leaves nothing there", {
  skip,
}, async (t) => {
  const disk = smallDisk(t);
  const path = join(scratch(t), "big.tar.gz");
  writeFileSync(path, gzipSync(await tarBytes([{ name: "a.fits", body: Buffer.alloc(66 << 20) }])));
  const before = process.env.LATENT_SKY_CACHE;
  process.env.LATENT_SKY_CACHE = disk.path("cache");
  try {
    await assert.rejects(
      openArchive(path, { maxRatio: 1e6 }),
      /Cannot write .*the disk is full; free some space/,
    );
    assert.deepEqual(readdirSync(disk.path("cache", "tar")), []);
  } finally {
    process.env.LATENT_SKY_CACHE = before ?? "";
  }
});
