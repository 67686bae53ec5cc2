import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { saveImages } from "../../../lib/data/images/save-images.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { scratch } from "../../scratch.js";
import { picture, writeZip } from "../archives/make-archives.js";

/** A dataset of images of these ids, each with its own pixels from `first` on. */
async function dataset(path: string, ids: readonly string[], first = 0) {
  const entries = await Promise.all(
    ids.map(async (id, i) => [`${id}.png`, await picture("png", { first: first + 20 * i })] as const),
  );
  return openDataset(writeZip(path, Object.fromEntries(entries)));
}

test("each image has a file of its own, whatever is in its id", async (t) => {
  const dir = scratch(t);
  const ids = [
    "銀河",
    "星団",
    "星雲",
    "a b",
    "a_b",
    "a?b",
    "NGC1",
    "ngc1",
    "x".repeat(180),
    `${"星".repeat(80)}1`,
    `${"星".repeat(80)}2`,
  ];
  const data = await dataset(join(dir, "set.zip"), ids);
  const out = join(dir, "saved");
  const rows = [...data.ids.keys()];
  const paths = await saveImages(data, rows, out);
  assert.equal(new Set(paths.map((p) => p.toLowerCase())).size, ids.length);
  assert.equal(readdirSync(out).length, ids.length);
  for (const [i, path] of paths.entries()) {
    const pixels = await sharp(path).raw().toBuffer();
    assert.deepEqual([...pixels], [...(await data.image(i)).data], data.ids[i]);
  }
  const at = (id: string) => basename(paths[data.ids.indexOf(id)]);
  assert.equal(at("銀河"), "銀河.png", "letters of every script stay");
  assert.match(at("a?b"), /^a_b-[0-9a-f]{8}\.png$/);
  // Again, and one by one: the same files.
  assert.deepEqual(await saveImages(data, rows, out), paths);
  for (const row of rows) assert.deepEqual(await saveImages(data, [row], out), [paths[row]]);
  assert.equal(readdirSync(out).length, ids.length);
});

test("another dataset's image of the same id does not replace the first", async (t) => {
  const dir = scratch(t);
  const out = join(dir, "saved");
  const [one] = await saveImages(await dataset(join(dir, "one.zip"), ["g1", "g2"]), [0], out);
  const before = readFileSync(one);
  const second = await dataset(join(dir, "two.zip"), ["g1", "g2"], 99);
  const [two] = await saveImages(second, [0], out);
  assert.notEqual(two, one);
  assert.deepEqual(readFileSync(one), before);
  assert.deepEqual(await saveImages(second, [0], out), [two]);
});

test("a fresh call removes what an earlier one left, and nothing that a person put there", async (t) => {
  const dir = scratch(t);
  const out = join(dir, "saved");
  const data = await dataset(join(dir, "set.zip"), ["g1", "g2", "g3"]);
  await saveImages(data, [0, 1], out, { fresh: true });
  writeFileSync(join(out, "mine.png"), "a person's");
  await saveImages(data, [1, 2], out, { fresh: true });
  assert.deepEqual(readdirSync(out).sort(), ["g2.png", "g3.png", "mine.png"]);
  const other = await dataset(join(dir, "other.zip"), ["g2", "mine"], 99);
  const paths = await saveImages(other, [0, 1], out, { fresh: true });
  assert.equal(basename(paths[0]), "g2.png", "what goes anyhow is no other's picture");
  assert.match(basename(paths[1]), /^mine-[0-9a-f]{8}\.png$/);
  assert.deepEqual(readdirSync(out).sort(), ["g2.png", basename(paths[1]), "mine.png"].sort());
});
