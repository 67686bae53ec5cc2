import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { findTiles } from "../../lib/data/cutouts/survey-tile.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { scratch } from "../scratch.js";
import { picture } from "./archives/make-archives.js";

/** A folder of these files under `dir`. */
function folder(dir: string, name: string, files: Record<string, Uint8Array | string>): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name, file)), { recursive: true });
    writeFileSync(join(dir, name, file), content);
  }
  return join(dir, name);
}

/** A FITS file of one 4 x 3 image, or of none. */
function fits(hasImage = true): Buffer {
  const card = (key: string, value: string | number) =>
    `${key.padEnd(8)}= ${String(value).padStart(20)}`.padEnd(80);
  const axes = hasImage ? [card("NAXIS", 2), card("NAXIS1", 4), card("NAXIS2", 3)] : [card("NAXIS", 0)];
  const header = [card("SIMPLE", "T"), card("BITPIX", -32), ...axes, "END".padEnd(80)].join("").padEnd(2880);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(hasImage ? 2880 : 0)]);
}

const reasonOf = (data: { skipped?: readonly { name: string; reason: string }[] }, name: string) =>
  data.skipped?.find((s) => s.name.includes(name))?.reason ?? "";

test("files that look like images and are not read are listed, each with what to do", async (t) => {
  const dir = scratch(t);
  const other = [
    "b.jp2",
    "c.avif",
    "d.fits.bz2",
    "e.zip",
    "f.xisf",
    "g.jpg.gz",
    "h.npy",
    "i.cr2",
    "j.tar.gz",
    "k.gif",
  ];
  const set = folder(dir, "set", {
    "a.png": await picture("png"),
    ...Object.fromEntries(other.map((name) => [`more/${name}`, "x"])),
    "notes.md": "not an image",
    "plot.py": "nor this",
  });
  const data = await openDataset(set);
  assert.deepEqual(data.ids, ["a"]);
  assert.deepEqual(
    data.skipped!.map((s) => s.name).sort(),
    other.map((name) => `more/${name}`),
  );
  assert.match(reasonOf(data, "d.fits.bz2"), /decompress/);
  assert.match(reasonOf(data, "e.zip"), /open it by itself/);
  const none = folder(dir, "none", { "a.jp2": "x", "b.fits.bz2": "x" });
  await assert.rejects(
    openDataset(none),
    /holds no .* image that can be used\. a\.jp2: .*convert it.*b\.fits\.bz2: /,
  );
});

test("a table is found beside a README; of two tables it is asked which", async (t) => {
  const dir = scratch(t);
  const images = { "a.png": await picture("png"), "b.png": await picture("png") };
  const csv = "id,label\na,spiral\nb,round\n";
  const readme = { "README.txt": "Two pictures,\nnot more.\n", "LICENSE.txt": "MIT\n" };
  const labels = async (name: string, files: Record<string, string>) =>
    openDataset(folder(dir, name, { ...images, ...files }));
  const found = await labels("one", { ...readme, "labels.csv": csv });
  assert.deepEqual([found.labels, found.skipped], [["spiral", "round"], []]);
  assert.deepEqual(
    (await labels("text", { ...readme, "classes.txt": "id label\na spiral\nb round\n" })).labels,
    ["spiral", "round"],
  );
  const two = await labels("two", { ...readme, "labels.csv": csv, "more.tsv": csv.replaceAll(",", "\t") });
  assert.equal(two.labels, null);
  assert.match(
    reasonOf(two, "labels.csv, more.tsv"),
    /2 tables lie among the images .* name the right one with labels/,
  );
  const named = await openDataset(join(dir, "two"), { labels: "more.tsv" });
  assert.deepEqual(named.labels, ["spiral", "round"]);
  const other = await labels("other", { "labels.csv": "id,label\nx,spiral\n" });
  assert.match(reasonOf(other, "labels.csv"), /was not joined: no column/);
  assert.match(
    reasonOf(await labels("ipac", { "cat.tbl": "|id|label|\n|char|char|\n a s\n" }), "cat.tbl"),
    /IPAC/,
  );
  assert.match(reasonOf(await labels("excel", { "cat.xlsx": "PK\x03\x04" }), "cat.xlsx"), /save it as CSV/);
});

test("weight maps and masks beside the image they belong to are no objects and no tiles", async (t) => {
  const companions = ["a.weight.fits", "a_mask.fits", "b.wht.fits", "b.rms.fits", "c_wht.fits"];
  const names = ["a.fits", "b.fits", "c_drz.fits", "lone_mask.fits", ...companions];
  const set = folder(scratch(t), "set", Object.fromEntries(names.map((name) => [name, fits()])));
  const dataset = await openDataset(set);
  // A mask without its image is what there is to see.
  assert.deepEqual(dataset.ids, ["a", "b", "c_drz", "lone_mask"]);
  assert.deepEqual(new Set(dataset.skipped!.map((s) => s.name)), new Set(companions));
  assert.match(reasonOf(dataset, "c_wht.fits"), /goes with c_drz\.fits/);
  await dataset.close();
  const { tiles, skipped } = await findTiles(set);
  assert.deepEqual(
    tiles.map((tile) => tile.name),
    ["a", "b", "c_drz", "lone_mask"],
  );
  assert.equal(skipped.length, companions.length);
  const listed = await findTiles([join(set, "a.fits"), join(set, "a.weight.fits")]);
  assert.equal(listed.tiles.length, 2, "who lists files means them all");
});

test("a FITS file and its preview are one object, a FITS catalogue among images is none", async (t) => {
  const dir = scratch(t);
  const jpeg = await picture("jpeg");
  const set = folder(dir, "set", {
    "J1.fits": fits(),
    "J1.jpg": jpeg,
    "J2.fits": fits(),
    "J2.fits.gz": gzipSync(fits()),
    "other/J1.jpg": jpeg,
    "labels.csv": "id,label\nJ1.fits,s\nJ2,r\nother/J1,m\n",
  });
  const data = await openDataset(set);
  assert.deepEqual(data.ids, ["J1", "J2", "other/J1"]);
  assert.deepEqual(data.labels, ["s", "r", "m"]);
  assert.match(reasonOf(data, "J1.jpg"), /same object as J1\.fits/);
  assert.match(reasonOf(data, "J2.fits.gz"), /same object as J2\.fits/);
  // Two pictures of one name are no preview of each other, and have one row.
  const pictures = folder(dir, "pictures", {
    "a.png": await picture("png"),
    "a.jpg": jpeg,
    "t.csv": "id,label\na,s\n",
  });
  assert.deepEqual((await openDataset(pictures)).labels, ["s", "s"]);
});

test("one image is a dataset; one file that is none is told what is wanted", async (t) => {
  const dir = scratch(t);
  const set = folder(dir, "set", {
    "one.png": await picture("png"),
    "two.fits.gz": gzipSync(fits()),
    "three.fits": fits(),
    "labels.csv": "id,label\none,s\n",
    "labels.csv.gz": gzipSync("id,label\none,s\n"),
    "four.jpg.gz": gzipSync(await picture("jpeg")),
    "notes.md.gz": gzipSync("words"),
  });
  for (const [name, id] of [
    ["one.png", "one"],
    ["two.fits.gz", "two"],
    ["three.fits", "three"],
  ]) {
    const data = await openDataset(join(set, name));
    assert.deepEqual(data.ids, [id]);
    assert.ok((await data.image(0)).width > 3);
  }
  const labelled = await openDataset(join(set, "one.png"), { labels: join(set, "labels.csv") });
  assert.deepEqual(labelled.labels, ["s"]);
  await assert.rejects(openDataset(join(set, "labels.csv")), /is a table; open the folder/);
  await assert.rejects(openDataset(join(set, "labels.csv.gz")), /is a table; open the folder/);
  await assert.rejects(openDataset(join(set, "four.jpg.gz")), /gunzip it/);
  await assert.rejects(openDataset(join(set, "notes.md.gz")), /neither a zip nor a tar .* give a folder/);
});

test("folders with a plus in their name open, alone and together with others", async (t) => {
  const dir = scratch(t);
  const one = folder(dir, "one", { "a.png": await picture("png") });
  const plus = folder(dir, "c++ images", { "b.png": await picture("png") });
  assert.deepEqual((await openDataset(`${one}+${plus}`)).ids, ["a", "b"]);
  assert.deepEqual((await openDataset(plus)).ids, ["b"]);
  await assert.rejects(openDataset(`${one}+${plus}+/nowhere`), /"\/nowhere" is neither/);
});

test("a table of a header alone says that it has no row; a rar or 7z by itself is not called one within another", async (t) => {
  const dir = scratch(t);
  const set = folder(dir, "set", { "a.png": await picture("png"), "labels.csv": "id,label\n" });
  const data = await openDataset(set);
  assert.match(reasonOf(data, "labels.csv"), /labels\.csv has the names of its columns and no row/);
  await data.close();
  folder(dir, "packed", { "a.rar": "Rar!\x1a\x07", "b.7z": "7z\xbc\xaf'\x1c" });
  for (const name of ["a.rar", "b.7z"])
    await assert.rejects(
      openDataset(join(dir, "packed", name)),
      /not opened here: unpack it, or make it a zip/,
    );
});
