import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pickle } from "../../../lib/data/mock/pickle.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { mirabestClasses } from "../../../lib/data/releases/mirabest.js";
import { scratch } from "../../scratch.js";
import { picture } from "../archives/make-archives.js";

const side = 12;

/** Two batches in MiraBest's layout, of images that are called `name(label, i)`; `classes` go into batches.meta. */
function batches(
  folder: string,
  labels: readonly number[],
  classes: readonly string[] | null,
  name = (_label: number, i: number) => `source_${i}.png`,
): string {
  mkdirSync(folder);
  const batch = (from: number, to: number) => {
    const mine = labels.slice(from, to);
    const data = mine.map((l) => ({ data: new Uint8Array(side * side).fill(l), shape: [side, side] }));
    const filenames = mine.map((l, k) => name(l, from + k));
    return Buffer.from(pickle({ batch_label: "b", labels: mine, data, filenames }));
  };
  writeFileSync(join(folder, "data_batch_1"), batch(0, labels.length - 1));
  writeFileSync(join(folder, "test_batch"), batch(labels.length - 1, labels.length));
  if (classes)
    writeFileSync(
      join(folder, "batches.meta"),
      Buffer.from(pickle({ num_cases_per_batch: 3, label_names: [...classes], num_vis: side * side })),
    );
  return folder;
}

test("batches of another set have its own classes, whatever its images' side", async (t) => {
  const dir = scratch(t);
  const data = await openDataset(batches(join(dir, "frdeep"), [0, 1, 1, 0], ["FRI", "FRII"]));
  assert.deepEqual(data.labels, ["FRI", "FRII", "FRII", "FRI"]);
  assert.equal(data.name, "frdeep");
  const image = await data.image(1);
  assert.deepEqual([image.width, image.height, image.data[0]], [side, side, 1]);
  await assert.rejects(
    openDataset(batches(join(dir, "beyond"), [0, 2], ["FRI", "FRII"])),
    /beyond: label 2 of image 1 is not 0 to 1/,
  );
});

test("without batches.meta the images' names tell MiraBest; other classes are numbers", async (t) => {
  const dir = scratch(t);
  const coded = (label: number) => `${mirabestClasses[label].code}_123.251+043.797_0.1281_0034.09.png`;
  const own = await openDataset(batches(join(dir, "own"), [0, 5, 9], null, coded));
  assert.deepEqual(own.labels, ["100", "200", "310"]);
  const other = await openDataset(batches(join(dir, "other"), [0, 5, 12], null));
  assert.deepEqual(other.labels, ["0", "5", "12"]);
});

test("images beyond a limit are counted", async (t) => {
  const data = await openDataset(batches(join(scratch(t), "set"), [0, 1, 1, 0], ["a", "b"]), { limit: 3 });
  assert.equal(data.length, 3);
  assert.deepEqual(data.skipped, [{ name: "source_3", reason: "beyond the limit of 3 images", count: 1 }]);
});

test("batches beside pictures are not taken for the whole: the pictures open and the batches are listed", async (t) => {
  const dir = scratch(t);
  batches(join(dir, "more"), [0, 1], ["FRI", "FRII"]);
  writeFileSync(join(dir, "a.png"), await picture("png"));
  const data = await openDataset(dir);
  assert.deepEqual(data.ids, ["a"]);
  assert.deepEqual(data.skipped!.map((s) => s.name).sort(), ["more/data_batch_1", "more/test_batch"]);
  assert.match(data.skipped![0].reason, /open its folder by itself/);
});
