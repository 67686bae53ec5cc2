import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { chooseUnit } from "../../../../lib/data/images/fits/choose-unit.js";
import type { FitsUnit } from "../../../../lib/data/images/fits/units.js";
import { openDataset } from "../../../../lib/data/open-dataset.js";
import { scratch } from "../../../scratch.js";

/** Units that are images of 4 x 4, by their names. */
const units = (...names: (string | null)[]): FitsUnit[] =>
  names.map((name, index) => ({
    index,
    header: new Map(name === null ? [] : [["EXTNAME", name]]),
    axes: [4, 4],
    offset: 2880,
    bytes: 64,
  }));

test("the science image wins over what goes with it, in whatever order and case surveys name them", () => {
  const chosen = (...names: (string | null)[]) => chooseUnit(units(...names)).index;
  assert.equal(chosen(null, "SCI"), 1);
  assert.equal(chosen("WHT", "sci", "CTX"), 1);
  assert.equal(chosen("ERR", "DQ", "SCI", "SCI"), 2);
  assert.equal(chosen("VIS.RMS", "VIS.FLG", "VIS.SCI"), 2);
  assert.equal(chosen("MASK", "VARIANCE", "IMAGE"), 2);
  assert.equal(chosen("INVVAR", "CCD3"), 1);
  assert.equal(chosen(null, "BKG"), 0);
  for (const name of ["WGT", "MSK", "STAT", "INVVAR", "NOISE", "VAR", "RMS", "ERR", "SEGMAP", "WHT_MAP"])
    assert.equal(chosen(name, "DATA"), 1, name);
  // Nothing but companions: one of them was wanted.
  assert.equal(chosen("WHT", "RMS"), 0);
});

test("openDataset takes the unit, and equal files with another unit are another dataset to every cache", async (t) => {
  const golden = JSON.parse(readFileSync("test/reference/data-fits.json", "utf8"));
  const { file } = golden.cases.find((c: { name: string }) => c.name === "SCI behind its weight map");
  const folder = join(scratch(t), "images");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.fits"), gunzipSync(Buffer.from(file, "base64")));
  const first = async (options = {}) => {
    const dataset = await openDataset(folder, options);
    return { fingerprint: dataset.provenance.fingerprint, values: [...(await dataset.image(0)).data] };
  };
  const byItself = await first();
  const asked = await first({ fitsUnit: "WHT" });
  assert.ok(asked.values.every((v) => v === 1));
  assert.notDeepEqual(byItself.values, asked.values);
  assert.notEqual(byItself.fingerprint, asked.fingerprint);
  assert.deepEqual((await first({ fitsUnit: "SCI" })).values, byItself.values);
  const none = await openDataset(folder, { fitsUnit: "RED" });
  await assert.rejects(none.image(0), /a\.fits.*it has no unit RED; it has 0, 1 WHT, 2 SCI, 3 SCI/);
});
