import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { decodeImage } from "../../../../lib/data/images/decode-image.js";

interface Case {
  name: string;
  file: string;
  /** Why it is not read, where it is not. */
  refused?: string;
  /** Height, width, channels. */
  shape: number[];
  every: number;
  values: (number | string)[];
}
const golden: { libtiff: string; cases: Case[] } = JSON.parse(
  readFileSync("test/reference/data-tiff.json", "utf8"),
);
const bytesOf = (c: Case) => new Uint8Array(gunzipSync(Buffer.from(c.file, "base64")));
const named = (name: string) => bytesOf(golden.cases.find((c) => c.name === name)!);
const numberOf = (v: number | string) => (typeof v === "number" ? v : Number(v.replace("inf", "Infinity")));

test(`TIFF by ${golden.libtiff}: every kind of number and layout comes back as it was put in, or is refused`, async (t) => {
  for (const c of golden.cases)
    await t.test(c.name, async () => {
      if (c.refused) return assert.rejects(decodeImage(bytesOf(c)), new RegExp(c.refused));
      const { data, width, height, channels } = await decodeImage(bytesOf(c));
      assert.deepEqual([height, width, channels], c.shape);
      // Equal, not near: doubles hold what is listed, 32-bit floats what is not wider.
      const got = c.values.map((_, k) => data[k * c.every]);
      assert.deepEqual(got, c.values.map(numberOf));
    });
});

test("a TIFF cut anywhere is refused, however it is laid out", async () => {
  for (const name of [
    "uint8, little-endian",
    "float32, lzw, big-endian",
    "uint16, three planes in tiles",
    "BigTIFF",
  ]) {
    const whole = named(name);
    for (let length = 8; length < whole.length; length += 7)
      await assert.rejects(decodeImage(whole.slice(0, length)), Error, `${name} cut at ${length}`);
  }
});

test("pictures that libvips reads are refused where their data are damaged, never black", async () => {
  const raw = { width: 64, height: 64, channels: 3 as const };
  const pixels = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (7 * i + 13 * (i >> 6)) % 256));
  for (const compression of ["lzw", "deflate"] as const) {
    const whole = await sharp(pixels, { raw }).tiff({ compression, predictor: "none" }).toBuffer();
    assert.deepEqual(Buffer.from((await decodeImage(whole)).data as Uint8Array), pixels, compression);
    const damaged = Buffer.from(whole);
    for (let i = 0; i < 100; i++) damaged[Math.floor(0.3 * whole.length) + i] ^= 0x5a;
    await assert.rejects(decodeImage(damaged), /does not decode|decompress/, compression);
  }
});

test("whatever byte of a TIFF is hit, it ends soon, in values or in a clause", async () => {
  const internal = /DataView|undefined|outside|Invalid (array|typed)|not a function|of bounds|Cannot/;
  for (const name of [
    "uint16, lzw, little-endian",
    "float32, zstd, big-endian",
    "float32, three pages",
    "int32, deflate with differences, little-endian",
  ]) {
    const whole = named(name);
    for (let k = 2; k < whole.length; k++)
      for (const value of [0, 1, 0xff]) {
        const damaged = whole.slice();
        damaged[k] = value;
        await decodeImage(damaged, { maxPixels: 1e6 }).catch((error: Error) => {
          assert.equal(error.constructor, Error, `${name}, byte ${k}: ${error.stack}`);
          assert.doesNotMatch(error.message, internal, `${name}, byte ${k}`);
        });
      }
  }
});

test("a 16-bit PNG keeps its numbers, in grey and in colour, as a TIFF of 12 bits in 16 does", async () => {
  const values = Uint16Array.from({ length: 64 }, (_, i) => 60 * i);
  for (const [channels, space] of [
    [1, "grey16"],
    [3, "rgb16"],
  ] as const) {
    const all = Uint16Array.from(
      { length: 64 * channels },
      (_, i) => values[Math.floor(i / channels)] + (i % channels),
    );
    const png = await sharp(all, { raw: { width: 8, height: 8, channels } })
      .toColourspace(space)
      .png()
      .toBuffer();
    const image = await decodeImage(png);
    assert.equal(image.channels, channels);
    assert.deepEqual([...image.data], [...all]);
  }
});

test("colours that libvips shows as they lie, or not at all, and slices behind the first are refused", async () => {
  const raw = { width: 16, height: 12, channels: 3 as const };
  const whole = await sharp(Buffer.alloc(16 * 12 * 3, 90), { raw })
    .tiff({ compression: "none" })
    .toBuffer();
  /** The file with one of its directory's entries, found by its tag, made another. */
  const changed = (tag: number, to: { tag?: number; value: number }) => {
    const file = Buffer.from(whole);
    const directory = file.readUInt32LE(4);
    for (let k = 0; k < file.readUInt16LE(directory); k++) {
      const entry = directory + 2 + 12 * k;
      if (file.readUInt16LE(entry) !== tag) continue;
      file.writeUInt16LE(to.tag ?? tag, entry);
      file.writeUInt16LE(to.value, entry + 8);
      return file;
    }
    throw new Error(`no tag ${tag}`);
  };
  assert.equal((await decodeImage(whole)).data[0], 90);
  await assert.rejects(decodeImage(changed(262, { value: 6 })), /colours are in YCbCr, .* save it as RGB/);
  await assert.rejects(decodeImage(changed(262, { value: 8 })), /CIE L\*a\*b\*/);
  await assert.rejects(decodeImage(changed(262, { value: 5 })), /it is of 3 inks/);
  // Tag 274 is the orientation, which says nothing here.
  await assert.rejects(decodeImage(changed(274, { tag: 32997, value: 16 })), /its page is 16 slices deep/);
});
