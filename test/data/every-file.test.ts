import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { checkDataset } from "../../lib/data/check-dataset.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { scratch } from "../scratch.js";
import { picture } from "./archives/make-archives.js";

const golden = (file: string, name: string): Buffer => {
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Record<string, string>[] };
  const found = cases.find((c) => c.name === name)!;
  return gunzipSync(Buffer.from(found.bytes ?? found.file, "base64"));
};

test("of a folder with one file of everything that goes wrong each file is read or listed with its reason", async (t) => {
  const dir = join(scratch(t), "set");
  const fits = golden("test/reference/data-fits.json", "three planes");
  const [png, jpeg, tiff] = [await picture("png"), await picture("jpeg"), await picture("tiff")];
  const files: Record<string, Uint8Array | string> = {
    "good.png": png,
    "fieldA/000.png": png,
    "fieldB/000.png": png,
    [`${"Pégase".normalize("NFD")}.png`]: png,
    "銀河.jpg": jpeg,
    "12.10.png": png,
    "a+b.tif": tiff,
    "J1.fits": fits,
    "J1.jpg": jpeg,
    "packed.fits.gz": gzipSync(fits),
    "cut.png": png.subarray(0, png.length / 2),
    "cut.jpeg": jpeg.subarray(0, jpeg.length / 2),
    "cut.tif": tiff.subarray(0, tiff.length / 2),
    "short.fits": fits.subarray(0, 2900),
    "damaged.fits.gz": gzipSync(fits).subarray(0, 60),
    "empty.jpg": "",
    "text.png": "hello",
    "objects.fits": golden("test/reference/data-tables.json", "binary table, every type"),
    "a.jp2": "x",
    "b.avif": "x",
    "c.fits.bz2": "x",
    "d.zip": "x",
    "e.xisf": "x",
    "f.jpg.gz": gzipSync(jpeg),
    "g.npy": "x",
    "h.cr2": "x",
    "README.txt": "Pictures,\nof all kinds.\n",
    "labels.csv": Buffer.from(
      "#Table1\nfile;label;mag\nfieldA\\000.png;étoile;1,5\nfieldB/000.png;galaxie;NA\nnowhere;x;2,5\n",
      "latin1",
    ),
  };
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), bytes);
  }
  const data = await openDataset(dir);
  const { decoded, skipped } = await checkDataset(data);
  // In words that name the file: an image, one that was skipped, or the table and its README.
  const said = skipped.map((s) => `${s.name} ${s.reason}`).join("\n");
  const bad = new Set(skipped.map((s) => s.name));
  const read = data.ids.filter((id) => !bad.has(id));
  const list = (readdirSync(dir, { recursive: true }) as string[]).filter((f) =>
    statSync(join(dir, f)).isFile(),
  );
  for (const file of list) {
    const id = file.replace(/\.\w+(\.gz)?$/, "").normalize("NFC");
    const isListed = said.includes(file);
    // Of two files of one name one is read and the other listed.
    const isRead = !isListed && (read.includes(id) || file === "labels.csv" || file === "README.txt");
    assert.ok(isRead || isListed, `${file} is neither read nor listed`);
  }
  assert.equal(decoded, 9);
  assert.equal(decoded, read.length);
  const label = (id: string) => data.labels![data.ids.indexOf(id)];
  assert.deepEqual([label("fieldA/000"), label("fieldB/000"), label("good")], ["étoile", "galaxie", null]);
  const reasons = skipped.map((s) => s.reason).join("\n");
  assert.match(reasons, /1 rows of .*labels\.csv have no image/);
  assert.match(reasons, /images have no row/);
  assert.match(reasons, /not UTF-8/);
});
