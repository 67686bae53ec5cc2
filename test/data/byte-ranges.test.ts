import assert from "node:assert/strict";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { openDataset } from "../../lib/data/open-dataset.js";
import { scratch } from "../scratch.js";

/** A PNG of one shade of grey. */
const grey = (level: number, side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

/** Two containers with three images each, rubbish between them, and the rows that say where. */
async function containers() {
  const folder = scratch();
  mkdirSync(join(folder, "shards"));
  const rows: { id: string; path: string; offset: number; length: number }[] = [];
  for (const shard of [0, 1]) {
    const path = `shards/${shard}.bin`;
    const parts: Buffer[] = [];
    let at = 0;
    for (let i = 0; i < 3; i++) {
      const junk = Buffer.alloc(100 * i + 7, i);
      const image = await grey(40 * (3 * shard + i) + 10, 8 + i);
      rows.push({ id: `J${3 * shard + i}`, path, offset: at + junk.length, length: image.length });
      parts.push(junk, image);
      at += junk.length + image.length;
    }
    writeFileSync(join(folder, path), Buffer.concat(parts));
  }
  return { folder, rows };
}

const csv = (rows: object[]) =>
  [Object.keys(rows[0]).join(), ...rows.map((r) => Object.values(r).join())].join("\n");

test("images inside larger files are read from where they lie, with the table's labels and columns", async () => {
  const { folder, rows } = await containers();
  const table = join(folder, "places.csv");
  const shuffled = [4, 1, 0, 5, 3, 2].map((i) => rows[i]);
  writeFileSync(
    table,
    csv(shuffled.map((r, i) => ({ ...r, class: i % 2 ? "spiral" : "ring", ra: 10 + i, dec: -i }))),
  );
  const data = await openDataset({ ranges: table });
  assert.deepEqual(data.ids, ["J4", "J1", "J0", "J5", "J3", "J2"]);
  assert.deepEqual(data.skipped, []);
  assert.deepEqual(data.labels, ["ring", "spiral", "ring", "spiral", "ring", "spiral"]);
  assert.deepEqual([...data.catalogue!.column("ra")], [10, 11, 12, 13, 14, 15]);
  const images = await Promise.all(data.ids.map((_, i) => data.image(i)));
  for (const [i, { width, data: pixels }] of images.entries()) {
    const which: number = Number(data.ids[i].slice(1));
    assert.equal(width, 8 + (which % 3));
    assert.equal(pixels[0], 40 * which + 10);
  }
  const { fingerprint } = data.provenance;
  await data.close();

  const few = await openDataset({ ranges: table }, { limit: 2 });
  assert.deepEqual(few.ids, ["J4", "J1"]);
  assert.match(few.skipped!.map((s) => s.reason).join(), /beyond the limit of 2 images/);
  await few.close();

  // Other pixels under the same names, sizes and places are other images.
  const path = join(folder, rows[0].path);
  const other = await grey(11, 8);
  assert.equal(other.length, rows[0].length);
  const bytes = Buffer.concat([Buffer.alloc(7), other]);
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, 0);
  await file.close();
  const changed = await openDataset({ ranges: table });
  assert.notEqual(changed.provenance.fingerprint, fingerprint);
  await changed.close();
});

test("rows that name no image are listed with the reason, and the others read", async () => {
  const { folder, rows } = await containers();
  const table = join(folder, "places.csv");
  const [good, other] = rows;
  const wrong: [object, RegExp][] = [
    [{ ...other, id: good.id }, /an earlier row has the same id/],
    [{ ...other, id: "none", path: "shards/9.bin" }, /9\.bin is not there or cannot be read/],
    [{ ...other, id: "long", length: 10_000_000 }, /ends at byte \d+, before its end/],
    [{ ...other, id: "endless", length: 3e9 }, /3000000000 bytes are more than an image may have/],
    [{ ...other, id: "half", offset: 1.5 }, /offset is no whole number/],
    [{ ...other, id: "before", offset: -1 }, /offset is no whole number/],
    [{ ...other, id: "empty", length: 0 }, /length is no whole number of bytes above 0/],
    [{ ...other, id: "nowhere", path: "" }, /it has no path/],
    [{ ...other, id: "" }, /it has no id/],
  ];
  writeFileSync(table, csv([good, ...wrong.map(([row]) => row)]));
  const data = await openDataset({ ranges: table });
  assert.deepEqual(data.ids, ["J0"]);
  const said = data.skipped!.map((s) => `${s.name}: ${s.reason}`).join("\n");
  for (const [, reason] of wrong) assert.match(said, reason);
  assert.equal(data.skipped!.length, wrong.length); // each once

  // A file that was cut short afterwards: a sentence, no image with a hole.
  truncateSync(join(folder, good.path), 20);
  await assert.rejects(data.image(0), /0\.bin ends inside image J0, which it held when it was opened/);
  await data.close();
  await assert.rejects(
    openDataset({ ranges: table }),
    /No row of .*places\.csv names an image: J0: .*ends at byte 20/,
  );

  writeFileSync(table, "id,path,offset,length\n");
  await assert.rejects(
    openDataset({ ranges: table }),
    /No row of .*places\.csv names an image: it has no rows\./,
  );
  await assert.rejects(openDataset({ ranges: join(folder, "none.csv") }), /none\.csv cannot be read/);
  writeFileSync(table, csv(rows.map(({ offset: _, ...row }) => row)));
  await assert.rejects(
    openDataset({ ranges: table }),
    /has no column "offset"; byte ranges need id, path, offset/,
  );
});

test("bytes that are no image are told when they are read, by the row's name", async () => {
  const { folder, rows } = await containers();
  const table = join(folder, "places.csv");
  writeFileSync(table, csv([rows[0], { ...rows[1], offset: rows[1].offset + 1 }]));
  const data = await openDataset({ ranges: table });
  assert.equal((await data.image(0)).width, 8);
  await assert.rejects(data.image(1), /Image J1 of .*places\.csv: /);
  await data.close();
});
