import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { decodeImage } from "../../../lib/data/images/decode-image.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { scratch } from "../../scratch.js";

const raw = { width: 8, height: 6, channels: 3 as const };
const pixels = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => (5 * i) % 256);

test("WebP is read exactly where it was written so; an animation is refused", async () => {
  const image = await decodeImage(await sharp(pixels, { raw }).webp({ lossless: true }).toBuffer());
  assert.deepEqual([image.width, image.height, image.channels], [8, 6, 3]);
  assert.deepEqual([...image.data], [...pixels]);
  const [first, second] = await Promise.all(
    [pixels, pixels.map((v) => 255 - v)].map((frame) => sharp(frame, { raw }).png().toBuffer()),
  );
  const frames = await sharp([first, second], { join: { animated: true } })
    .webp()
    .toBuffer();
  await assert.rejects(decodeImage(frames), /animation of 2 frames/);
  await assert.rejects(decodeImage(frames.subarray(0, 60)), /does not decode/);
});

test("an image without a single number is refused, not black", async () => {
  const { cases } = JSON.parse(readFileSync("test/reference/data-fits.json", "utf8"));
  const { file } = cases.find((c: { name: string }) => c.name === "bitpix -32 with NaN and infinity");
  const nothing = gunzipSync(Buffer.from(file, "base64"));
  for (let i = 2880; i < 2880 + 80; i += 4) nothing.writeFloatBE(Number.NaN, i);
  await assert.rejects(decodeImage(nothing), /every pixel is NaN/);
});

test("a folder of .fits.fz and .webp opens; kinds that are not read are listed with what to do", async (t) => {
  const { cases } = JSON.parse(readFileSync("test/reference/data-fits.json", "utf8"));
  const { file } = cases.find((c: { name: string }) => c.name === "tiles: Rice, 16 bits");
  const packed = gunzipSync(Buffer.from(file, "base64"));
  const folder = join(scratch(t), "set");
  mkdirSync(folder);
  const files = {
    "a.fits.fz": packed,
    "b.fits": packed,
    "c.webp": await sharp(pixels, { raw }).webp().toBuffer(),
    "d.jp2": Buffer.from("x"),
    "e.fits.bz2": Buffer.from("x"),
    "f.avif": Buffer.from("x"),
    "g.tar.gz": Buffer.from("x"),
    "notes.md": Buffer.from("x"),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const dataset = await openDataset(folder);
  assert.deepEqual(dataset.ids, ["a", "b", "c"]);
  assert.deepEqual((await dataset.image(0)).data, (await dataset.image(1)).data);
  assert.deepEqual(
    dataset.skipped?.map((s) => s.name),
    ["d.jp2", "e.fits.bz2", "f.avif", "g.tar.gz"],
  );
});

test("an animated PNG is refused as an animated WebP is: its first frame is not the whole", async () => {
  const png = await sharp(Buffer.alloc(64, 7), { raw: { width: 8, height: 8, channels: 1 } })
    .png()
    .toBuffer();
  const animated = (frames: number) => {
    const chunk = Buffer.alloc(20);
    chunk.writeUInt32BE(8, 0);
    chunk.write("acTL", 4, "latin1");
    chunk.writeUInt32BE(frames, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, 16)), 16);
    return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
  };
  assert.equal((await decodeImage(animated(1))).data[0], 7);
  await assert.rejects(decodeImage(animated(2)), /an animation of 2 frames; one image is read/);
});

test("a gzip of a gzip, or of a picture, is called that; a table that is no image is told from a cut file", async () => {
  const png = await sharp(pixels, { raw }).png().toBuffer();
  const { cases } = JSON.parse(readFileSync("test/reference/data-fits.json", "utf8"));
  const { file } = cases.find((c: { name: string }) => c.name === "bitpix -32 with NaN and infinity");
  const twice = gzipSync(Buffer.from(file, "base64"));
  await assert.rejects(decodeImage(twice), /^Error: it is gzipped twice; gunzip it once$/);
  await assert.rejects(decodeImage(gzipSync(png)), /a gzip that does not hold FITS; of other images gunzip/);
  await assert.rejects(decodeImage(gzipSync("")), /a gzip that does not hold FITS/);
  const card = (key: string, value: string | number) => `${key.padEnd(8)}= ${value}`.padEnd(80);
  const block = (...cards: string[]) =>
    Buffer.from(
      [...cards, "END"]
        .map((c) => c.padEnd(80))
        .join("")
        .padEnd(2880),
    );
  const empty = block(card("SIMPLE", "T"), card("BITPIX", 8), card("NAXIS", 0));
  const axes = [card("BITPIX", 8), card("NAXIS", 2), card("NAXIS1", 4), card("NAXIS2", 0)];
  const table = block(
    card("XTENSION", "'BINTABLE'"),
    ...axes,
    card("PCOUNT", 0),
    card("GCOUNT", 1),
    card("TFIELDS", 0),
  );
  await assert.rejects(decodeImage(Buffer.concat([empty, table])), /only a table: .*name it with labels/);
  await assert.rejects(decodeImage(empty), /or it was cut before the one that does/);
});
