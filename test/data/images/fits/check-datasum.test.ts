import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { checkDataset } from "../../../../lib/data/check-dataset.js";
import { decodeImage } from "../../../../lib/data/images/decode-image.js";
import { chooseUnit } from "../../../../lib/data/images/fits/choose-unit.js";
import { fitsUnits } from "../../../../lib/data/images/fits/units.js";
import { openDataset } from "../../../../lib/data/open-dataset.js";
import { readTable } from "../../../../lib/data/tables/read-table.js";
import { bytesInMemory } from "../../../../lib/files/byte-source.js";
import { preprocess } from "../../../../lib/preprocess/preprocess.js";
import { scratch } from "../../../scratch.js";

const golden: { astropy: string; images: Record<string, string>; table: string } = JSON.parse(
  readFileSync("test/reference/data-fits-checksum.json", "utf8"),
);
const unpacked = (file: string) => gunzipSync(Buffer.from(file, "base64"));
const unitOf = async (file: Buffer) => chooseUnit(await fitsUnits(bytesInMemory(file)));

/** One bit of the last value of a unit's data is another. */
function damaged(file: Buffer, { offset, bytes }: { offset: number; bytes: number }): Buffer {
  const copy = Buffer.from(file);
  copy[offset + bytes - 1] ^= 4;
  return copy;
}

test(`what astropy ${golden.astropy} sealed is no doubt; one bit of the data is, and the image is still read`, async () => {
  for (const [name, packed] of Object.entries(golden.images)) {
    const file = unpacked(packed);
    const whole = await decodeImage(file);
    assert.ok(!("doubt" in whole), name);
    // A bit of compressed tiles may make them unreadable, which is refused.
    const read = await decodeImage(damaged(file, await unitOf(file))).catch((error: Error) => error);
    if (read instanceof Error) assert.equal(name, "tiles");
    else assert.match(read.doubt!, /its data sum to \d+ and its DATASUM is \d+: .*damaged/, name);
  }
});

test("a byte more or less in memory changes nothing, nor does a last block that is not filled up", async () => {
  const file = unpacked(golden.images["16 bits"]);
  const shifted = Buffer.concat([Buffer.from("x"), file]).subarray(1);
  assert.ok(!("doubt" in (await decodeImage(shifted))));
  const { offset, bytes } = await unitOf(file);
  assert.ok(!("doubt" in (await decodeImage(file.subarray(0, offset + bytes)))));
});

test("only the unit that is read counts, and a stretched image keeps its doubt", async () => {
  const file = unpacked(golden.images["an extension behind a mask"]);
  const units = await fitsUnits(bytesInMemory(file));
  assert.ok(!("doubt" in (await decodeImage(damaged(file, units[1])))));
  const image = await decodeImage(damaged(file, units[2]), { stretch: "asinh" });
  assert.ok(image.data instanceof Uint8Array && image.doubt);
});

test("an image without the keyword, or with one that is no number, is no doubt", async () => {
  const file = unpacked(golden.images.floats);
  const hurt = damaged(file, await unitOf(file));
  for (const put of ["DATASUX = ", "DATASUM =  'none'"]) {
    const copy = Buffer.from(hurt);
    copy.write(put.padEnd(24), copy.indexOf("DATASUM"));
    assert.ok(!("doubt" in (await decodeImage(copy))), put);
  }
});

test("a table whose data are others is read, and its notes say so", async () => {
  const file = unpacked(golden.table);
  assert.deepEqual((await readTable("t.fits", file)).notes ?? [], []);
  const units = await fitsUnits(bytesInMemory(file));
  const { notes } = await readTable("t.fits", damaged(file, units[1]));
  assert.match(notes!.join(), /its DATASUM is/);
});

test("a dataset's check and its preprocessing name the images in doubt, from the cache as well", async (t) => {
  const folder = scratch(t);
  process.env.LATENT_SKY_CACHE = join(folder, "cache");
  const file = unpacked(golden.images.floats);
  writeFileSync(join(folder, "a.fits"), file);
  writeFileSync(join(folder, "b.fits"), damaged(file, await unitOf(file)));
  const dataset = await openDataset(folder);
  const { decoded, skipped, doubtful } = await checkDataset(dataset);
  assert.deepEqual([decoded, skipped.length, doubtful.map((d) => d.name)], [2, 0, ["b"]]);
  for (const time of ["made", "cached"]) {
    const { stack, doubtful: said } = await preprocess(dataset, { size: 8 });
    assert.deepEqual(
      said.map((d) => d.id),
      ["b"],
      time,
    );
    assert.equal(stack.length, 2);
    await stack.close();
  }
  await dataset.close();
});
