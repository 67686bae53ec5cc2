import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import sharp from "sharp";
import { checkDataset } from "../../lib/data/check-dataset.js";
import { decodeImage } from "../../lib/data/images/decode-image.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { volunteerColumns } from "../../lib/data/votes/decision-tree.js";
import { scratch } from "../scratch.js";
import { picture, tarBytes, writeZip } from "./archives/make-archives.js";

/** A one-row float TIFF, written by hand: header, pixels, and the directory of tags. */
function floatTiff(values: Float32Array): Uint8Array {
  const tags = [
    [256, 4, values.length], // width
    [257, 4, 1], // height
    [258, 3, 32], // bits
    [259, 3, 1], // no compression
    [262, 3, 1], // black is zero
    [273, 4, 8], // where the pixels are
    [277, 3, 1], // samples
    [278, 4, 1], // rows a strip
    [279, 4, values.byteLength],
    [339, 3, 3], // floating point
  ];
  const bytes = Buffer.alloc(8 + values.byteLength + 2 + 12 * tags.length + 4);
  bytes.write("II*\0", "latin1");
  bytes.writeUInt32LE(8 + values.byteLength, 4);
  Buffer.from(values.buffer).copy(bytes, 8);
  bytes.writeUInt16LE(tags.length, 8 + values.byteLength);
  for (const [i, [tag, type, value]] of tags.entries()) {
    const at = 10 + values.byteLength + 12 * i;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  }
  return bytes;
}

/** Three planes of floats. */
const fits = () => {
  const { cases } = JSON.parse(readFileSync("test/reference/data-fits.json", "utf8"));
  const { file } = cases.find((c: { name: string }) => c.name === "three planes");
  return new Uint8Array(gunzipSync(Buffer.from(file, "base64")));
};

test("a folder, a zip and a tar.gz of JPEG, PNG, TIFF and FITS open alike; labels come from subfolders", async (t) => {
  const dir = scratch(t);
  const files: Record<string, Uint8Array> = {
    "round/a.jpg": await picture("jpeg"),
    "round/b.PNG": await picture("png", { first: 9 }),
    "spiral/c.tif": await picture("tiff", { channels: 1 }),
    "spiral/d.fits.gz": gzipSync(fits()),
    "spiral/notes.md": Buffer.from("not an image"),
    "__MACOSX/round/._a.jpg": Buffer.from("resource fork"),
  };
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(dir, "set", name, ".."), { recursive: true });
    writeFileSync(join(dir, "set", name), bytes);
  }
  writeZip(join(dir, "set.zip"), files);
  writeFileSync(
    join(dir, "set.tar.gz"),
    gzipSync(await tarBytes(Object.entries(files).map(([name, body]) => ({ name, body })))),
  );
  for (const name of ["set", "set.zip", "set.tar.gz"]) {
    const data = await openDataset(join(dir, name));
    assert.deepEqual(data.ids, ["a", "b", "c", "d"]);
    assert.deepEqual(data.labels, ["round", "round", "spiral", "spiral"]);
    assert.deepEqual(await checkDataset(data), { decoded: 4, skipped: [], doubtful: [] });
    const png = await data.image(1);
    assert.deepEqual([...png.data.subarray(0, 4)], [9, 10, 11, 12], "a PNG is read exactly");
    assert.deepEqual([(await data.image(2)).channels, (await data.image(3)).channels], [1, 3]);
    assert.ok((await data.image(3)).data instanceof Float32Array);
    const stretched = await openDataset(join(dir, name), { stretch: "linear", limit: 4 });
    assert.ok((await stretched.image(3)).data instanceof Uint8Array);
    await assert.rejects(data.image(4), /images 0 to 3/);
    await Promise.all([data.close(), stretched.close()]);
  }
});

test("images that cannot be read are listed, each with its reason, and the rest works", async (t) => {
  const dir = scratch(t);
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const large = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const [png, jpeg, tiff] = await Promise.all([
    large.clone().png().toBuffer(),
    large.clone().jpeg().toBuffer(),
    large.clone().tiff().toBuffer(),
  ]);
  // The header of a 30 000 x 30 000 PNG, its IHDR checksum made right.
  const { crc32 } = await import("node:zlib");
  const huge = Buffer.from(png);
  huge.writeUInt32BE(30000, 16);
  huge.writeUInt32BE(30000, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)) >>> 0, 29);
  const broken: Record<string, [Uint8Array, RegExp]> = {
    "cut.png": [png.subarray(0, png.length / 2), /it is truncated: it ends within a chunk/],
    "cut.jpg": [jpeg.subarray(0, jpeg.length / 2), /does not decode/],
    "cut.tif": [tiff.subarray(0, tiff.length / 2), /truncated/],
    "short.fits": [fits().subarray(0, 2900), /truncated/],
    "packed.fits.gz": [gzipSync(fits()).subarray(0, 60), /gzip/],
    "empty.jpg": [new Uint8Array(0), /empty \(0 bytes\)/],
    "huge.png": [huge, /30000 x 30000 pixels, more than/],
    "text.png": [Buffer.from("hello"), /not a JPEG, PNG, WebP, TIFF or FITS/],
    "page.svg.png": [
      Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
      /not a JPEG/,
    ],
  };
  const good = { "good.png": png };
  writeZip(join(dir, "set.zip"), {
    ...Object.fromEntries(Object.entries(broken).map(([n, [bytes]]) => [n, bytes])),
    ...good,
  });
  const data = await openDataset(join(dir, "set.zip"));
  const report = await checkDataset(data);
  assert.equal(report.decoded, 1);
  const byEntry = Object.keys(broken);
  assert.equal(report.skipped.length, byEntry.length);
  for (const [i, name] of byEntry.entries()) {
    assert.match(report.skipped[i].reason, broken[name][1], name);
    assert.ok(report.skipped[i].reason.includes(name) && report.skipped[i].reason.includes("set.zip"), name);
  }
  assert.equal((await data.image(byEntry.length)).data.length, noise.length);
});

test("transparency is dropped; 16 bits and float TIFF keep their numbers", async () => {
  const rgba = await sharp({
    create: { width: 4, height: 4, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0.5 } },
  })
    .png()
    .toBuffer();
  const image = await decodeImage(rgba);
  assert.deepEqual([image.channels, ...image.data.subarray(0, 3)], [3, 200, 100, 50]);
  const grey16 = await sharp(Uint16Array.of(0, 32768, 65535, 257), {
    raw: { width: 4, height: 1, channels: 1 },
  })
    .toColourspace("grey16")
    .png()
    .toBuffer();
  assert.deepEqual([...(await decodeImage(grey16)).data], [0, 32768, 65535, 257]);
  const values = Float32Array.of(-1.5, 0, 2.25, 1000);
  assert.deepEqual([...(await decodeImage(floatTiff(values))).data], [...values]);
});

test("CSV, gzipped CSV, TSV and parquet join on id, in any order, with missing rows as NaN", async (t) => {
  const dir = scratch(t);
  const image = await picture("png");
  const csv =
    "name,smooth,label,objid\r\nimages/c.png,0.25,spiral,587739505552785605\r\na,1,round,1\r\nzzz,5,other,2\r\n";
  writeFileSync(join(dir, "labels.csv"), csv);
  writeFileSync(join(dir, "labels.csv.gz"), gzipSync(csv));
  writeFileSync(join(dir, "labels.tsv"), csv.replaceAll(",", "\t"));
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: "name", data: ["c", "a"], type: "STRING" },
      { name: "smooth", data: [0.25, 1], type: "DOUBLE" },
      { name: "label", data: ["spiral", "round"], type: "STRING" },
      { name: "objid", data: [587739505552785605n, 1n], type: "INT64" },
    ],
  });
  writeFileSync(join(dir, "labels.parquet"), new Uint8Array(parquet));
  writeZip(join(dir, "set.zip"), { "a.png": image, "b.png": image, "c.png": image });
  for (const table of ["labels.csv", "labels.csv.gz", "labels.tsv", "labels.parquet"]) {
    const data = await openDataset(join(dir, "set.zip"), { labels: join(dir, table) });
    assert.deepEqual([...data.catalogue!.column("smooth")], [1, Number.NaN, 0.25], table);
    assert.deepEqual(data.labels, ["round", null, "spiral"]);
    assert.match(data.skipped![0].reason, /1 images have no row/);
    assert.equal(data.catalogue!.has("objid"), false, "a 64-bit id is text: a double would round it");
    assert.throws(() => data.catalogue!.column("smoth"), /no column "smoth"/);
    assert.throws(() => data.catalogue!.require(["x", "smooth", "y"]), /misses 2 columns: x, y/);
    await data.close();
  }
  // A table inside the archive is found by itself; a zip beside a README is not confused by it.
  writeZip(join(dir, "with.zip"), { "a.png": image, "c.png": image, "labels.csv": Buffer.from(csv) });
  assert.deepEqual((await openDataset(join(dir, "with.zip"))).labels, ["round", "spiral"]);
  writeZip(join(dir, "readme.zip"), {
    "a.png": image,
    "README.txt": Buffer.from("Some words.\nMore, words."),
  });
  const plain = await openDataset(join(dir, "readme.zip"));
  assert.deepEqual([plain.catalogue, plain.labels, plain.skipped], [null, null, []]);
});

test("tables that cannot be joined say what is wrong: no id column, wrong name, empty, cut, ragged", async (t) => {
  const dir = scratch(t);
  writeZip(join(dir, "set.zip"), { "a.png": await picture("png") });
  const open = (labels: string, more = {}) =>
    openDataset(join(dir, "set.zip"), { labels: join(dir, labels), ...more });
  writeFileSync(join(dir, "noid.csv"), "ra,dec\n1,2\n");
  await assert.rejects(
    open("noid.csv"),
    /no column of .*noid\.csv matches the image ids \(such as "a"\); its columns are ra, dec\. Name .* idColumn/,
  );
  await assert.rejects(
    open("noid.csv", { idColumn: "id" }),
    /noid\.csv has no column "id"; its columns are ra, dec/,
  );
  await assert.rejects(open("noid.csv", { idColumn: "ra" }), /matches no image id/);
  writeFileSync(join(dir, "empty.csv"), "");
  await assert.rejects(open("empty.csv"), /empty\.csv cannot be read: it is empty/);
  writeFileSync(join(dir, "ragged.csv"), "id,x\na,1,2\n");
  await assert.rejects(open("ragged.csv"), /ragged\.csv cannot be read/);
  writeFileSync(join(dir, "twice.csv"), "id,id\na,1\n");
  await assert.rejects(open("twice.csv"), /"id" twice/);
  const column = {
    name: "id",
    data: Array.from({ length: 500 }, (_, i) => `galaxy ${i}`),
    type: "STRING" as const,
  };
  const parquet = Buffer.from(parquetWriteBuffer({ columnData: [column] }));
  writeFileSync(join(dir, "cut.parquet"), parquet.subarray(0, parquet.length / 2));
  await assert.rejects(open("cut.parquet"), /cut\.parquet cannot be read/);
  await assert.rejects(open("absent.csv"), /no table/);
  await assert.rejects(openDataset(join(dir, "set.zip"), { limit: 0 }), /limit/);
  await assert.rejects(
    openDataset("no-such-thing"),
    /known are decals-examples, efigi, galaxy-zoo-2, galaxy-zoo-decals, mirabest, mock, mock-radio/,
  );
});

test("the Galaxy Zoo DECaLS layout: parts zipped or not, joined on iauname, images without votes stay", async (t) => {
  const dir = scratch(t);
  const image = await picture("png");
  const names = ["J000012.34-001254.2", "J000013.00+001254.9", "J123000.00+120000.0"];
  const columns = volunteerColumns();
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: "iauname", data: [names[2], names[0]], type: "STRING" },
      ...columns.map((name, i) => ({ name, data: [i, i + 0.5], type: "DOUBLE" as const })),
    ],
    codec: "SNAPPY",
  });
  const release = join(dir, "release");
  mkdirSync(join(release, "images", "J123"), { recursive: true });
  writeFileSync(join(release, "gz_decals_volunteers_1_and_2.parquet"), new Uint8Array(parquet));
  writeZip(join(release, "gz_decals_dr5_png_part1.zip"), {
    [`gz_decals_dr5_png_part1/J000/${names[0]}.png`]: image,
    [`gz_decals_dr5_png_part1/J000/${names[1]}.png`]: image,
  });
  writeFileSync(join(release, "images", "J123", `${names[2]}.png`), image);
  const data = await openDataset(release);
  assert.deepEqual(data.ids, names);
  assert.equal(data.labels, null);
  assert.deepEqual(data.catalogue!.missing(columns), []);
  assert.deepEqual([...data.catalogue!.column(columns[3])], [3.5, Number.NaN, 3]);
  assert.deepEqual((await checkDataset(data)).decoded, 3);
  await data.close();
  // A table of one's own in its place is looked at as any other.
  const own = join(dir, "own.csv");
  writeFileSync(own, `iauname,merging_merger_fraction\n${names[0]},98\n${names[1]},2\n`);
  const percent = await openDataset(release, { labels: own });
  assert.ok(!percent.catalogue!.has("merging_merger_fraction"));
  assert.match(percent.skipped!.map((s) => s.reason).join(), /fractions of votes go above 1/);
  await percent.close();
  writeFileSync(
    join(release, "gz_decals_volunteers_1_and_2.parquet"),
    new Uint8Array(parquet).subarray(0, 300),
  );
  await assert.rejects(openDataset(release), /gz_decals_volunteers_1_and_2\.parquet cannot be read/);
});

test("a MiraBest batch that would run code is refused, names what it asked for, and runs nothing", async (t) => {
  const dir = scratch(t);
  const marker = join(dir, "it-ran");
  // cos\nsystem\n(S'touch ...'\ntR. is the classic: call os.system on unpickling.
  const pickle = Buffer.from(`cos\nsystem\n(S'touch ${marker}'\ntR.`, "latin1");
  writeFileSync(
    join(dir, "evil.tar.gz"),
    gzipSync(await tarBytes([{ name: "F_batches/data_batch_1", body: pickle }])),
  );
  await assert.rejects(
    openDataset(join(dir, "evil.tar.gz")),
    (e: Error) => /evil\.tar\.gz: F_batches\/data_batch_1/.test(e.message) && /os\.system/.test(e.message),
  );
  assert.ok(!existsSync(marker));
  writeFileSync(
    join(dir, "cut.tar"),
    await tarBytes([{ name: "data_batch_1", body: Buffer.from("\x80\x03}q\0(X\x0b", "latin1") }]),
  );
  await assert.rejects(openDataset(join(dir, "cut.tar")), /data_batch_1 cannot be read/);
});
