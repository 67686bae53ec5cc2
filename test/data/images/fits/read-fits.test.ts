import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { decodeImage } from "../../../../lib/data/images/decode-image.js";
import { fitsImage } from "../../../../lib/data/images/fits/fits-image.js";
import { readFits } from "../../../../lib/data/images/fits/read-fits.js";
import { readFitsRegion } from "../../../../lib/data/images/fits/read-region.js";
import { fitsUnits } from "../../../../lib/data/images/fits/units.js";
import { bytesInMemory } from "../../../../lib/files/byte-source.js";

interface Case {
  name: string;
  unit: number | string | null;
  file: string;
  shape: number[];
  /** Of how many values one is listed. */
  every: number;
  values: (number | string | null)[];
}
const golden: { astropy: string; cases: Case[]; refused: { name: string; file: string }[] } = JSON.parse(
  readFileSync("test/reference/data-fits.json", "utf8"),
);
const bytesOf = (c: { file: string }) => new Uint8Array(gunzipSync(Buffer.from(c.file, "base64")));
const named = (name: string) => golden.cases.find((c) => c.name === name)!;
const read = (bytes: Uint8Array, options: Parameters<typeof readFits>[1] = {}) =>
  readFits(bytesInMemory(bytes), options);

test("astropy made at least thirty kinds", () => assert.ok(golden.cases.length >= 30));

for (const c of golden.cases)
  test(`FITS equals astropy ${golden.astropy}: ${c.name}`, async () => {
    const image = await read(bytesOf(c), { unit: c.unit ?? undefined });
    const [height, width] = c.shape.slice(-2);
    assert.deepEqual([image.width, image.height], [width, height]);
    assert.equal(c.values.length, Math.ceil(image.data.length / c.every));
    c.values.forEach((expected, k) => {
      const i = k * c.every;
      const plane = Math.floor(i / (width * height));
      const row = Math.floor((i % (width * height)) / width);
      // astropy's first row is the bottom one
      const got = image.data[((height - 1 - row) * width + (i % width)) * image.channels + plane];
      // One rounding to a 32-bit float; astropy rounds twice where it applies BSCALE or ZSCALE in 32 bits itself.
      if (expected === null) assert.ok(Number.isNaN(got), `${got} for NaN at ${i}`);
      else if (typeof expected === "string") assert.equal(got, Number(expected.replace("inf", "Infinity")));
      else
        assert.ok(Math.abs(got - expected) <= 1.8e-7 * Math.abs(expected), `${got} for ${expected} at ${i}`);
    });
  });

for (const c of golden.refused)
  test(`tile compression that is not read is refused by its name: ${c.name}`, async () => {
    await assert.rejects(read(bytesOf(c)), new RegExp(`${c.name}.*funpack`));
  });

test("values that 32-bit floats round together or cannot hold stay apart", async () => {
  for (const name of [
    "bitpix -64 beyond 32-bit floats",
    "bitpix -64 below 32-bit floats",
    "bitpix 32 that 32-bit floats round together",
  ]) {
    const { data } = await decodeImage(bytesOf(named(name)), { stretch: "linear" });
    assert.ok(new Set(data).size >= 20, `${name}: ${new Set(data).size} levels`);
  }
});

test("a part of an image is the same part of the whole one, and reads little else", async () => {
  for (const name of [
    "bitpix 16",
    "three planes",
    "tiles: Rice, square tiles that are cut at the edges",
    "tiles: Rice, three planes",
    "tiles: Rice, three planes in one tile",
    "tiles: RICE_1, floats with dither 1",
  ]) {
    const bytes = bytesOf(named(name));
    let asked = 0;
    const memory = bytesInMemory(bytes);
    const source = {
      size: memory.size,
      read: (at: number, length: number) => {
        asked += length;
        return memory.read(at, length);
      },
    };
    const unit = (await fitsUnits(source)).at(-1)!;
    const image = fitsImage(unit);
    const [columns, rows, planes = 1] = image.axes;
    const plane = planes - 1;
    const whole = await readFitsRegion(source, image, { x: 0, y: 0, width: columns, height: rows, plane });
    asked = 0;
    const part = await readFitsRegion(source, image, { x: 1, y: 2, width: 3, height: 2, plane });
    if (!name.endsWith("one tile")) assert.ok(asked < unit.bytes, `${name}: ${asked} bytes of ${unit.bytes}`);
    const expected = [2, 3].flatMap((y) => [1, 2, 3].map((x) => whole[y * columns + x]));
    assert.deepEqual([...part], expected, name);
    await assert.rejects(
      readFitsRegion(source, image, { x: columns - 1, y: 0, width: 2, height: 1 }),
      /has no part of 2 x 1/,
    );
  }
});

test("a FITS file cut anywhere is refused, never read as zeros", async () => {
  const whole = bytesOf(named("bitpix -64"));
  for (const length of [10, 79, 1000, 2879, 2880, 2880 + 159])
    await assert.rejects(read(whole.slice(0, length)), /truncated|not FITS/, `cut at ${length}`);
  // Only the padding of the last block may be missing.
  assert.equal((await read(whole.slice(0, 2880 + 160))).width, 5);
  // In tiles: within the table, and within what it points to.
  const tiled = bytesOf(named("tiles: Rice, 16 bits"));
  const { offset, bytes } = (await fitsUnits(bytesInMemory(tiled)))[1];
  for (const length of [offset + 10, offset + bytes - 1])
    await assert.rejects(read(tiled.slice(0, length)), /truncated/, `cut at ${length}`);
  // Before the unit that holds the image.
  await assert.rejects(
    read(bytesOf(named("SCI behind its weight map")).slice(0, 2880)),
    /none of its units.*cut/,
  );
});

test("hostile FITS headers: no END, huge axes, impossible numbers, missing keywords", async () => {
  const patch = (from: string, to: string, name = "bitpix 16") => {
    const text = Buffer.from(bytesOf(named(name))).toString("latin1");
    assert.ok(text.includes(from), from);
    return new Uint8Array(Buffer.from(text.replace(from, to.padEnd(from.length)), "latin1"));
  };
  const refused = (bytes: Uint8Array, reason: RegExp) =>
    assert.rejects(read(bytes, { maxPixels: 1e8 }), reason);
  const axis = "NAXIS1  =                    5";
  await refused(patch(axis, "NAXIS1  =           3000000000"), /more than/);
  await refused(patch(axis, "NAXIS1  =                   -5"), /impossible/);
  await refused(patch(axis, "NAXIS1  =                 1E99"), /impossible/);
  await refused(patch(axis, "NAXIS1  = 'five'"), /NAXIS1 is five/);
  await refused(patch(axis, "COMMENT"), /NAXIS1 is missing/);
  await refused(patch("BITPIX  =                   16", "BITPIX  =                   17"), /BITPIX/);
  await refused(patch("END".padEnd(80), "XXX"), /END|truncated/);
  const extension = "SCI behind its weight map";
  await refused(
    patch("GCOUNT  =                    1", "GCOUNT  =                    0", extension),
    /impossible/,
  );
  await refused(patch("BITPIX  =                  -32", "", extension), /BITPIX is missing/);
  await refused(
    patch("BZERO   =                32768", "BZERO   = 'none'", "bitpix 16 unsigned through BZERO"),
    /BZERO is none/,
  );
  await assert.rejects(read(bytesOf(named("unit by name")), { unit: "NONE" }), /it has 0.*2 SCI, 3 ERR/);
  await assert.rejects(read(bytesOf(named("unit by name")), { unit: 1 }), /not an image/);
  assert.equal((await fitsUnits(bytesInMemory(bytesOf(named("unit by name"))))).length, 4);
});

test("damaged tiles are refused in a clause, whatever byte was hit", async () => {
  const internal = /DataView|undefined|outside|Invalid|not a function|of bounds/;
  for (const name of ["tiles: Rice, 16 bits", "tiles: GZIP_2, zeros under dither 2"]) {
    const whole = bytesOf(named(name));
    const unit = (await fitsUnits(bytesInMemory(whole)))[1];
    for (let k = 0; k < unit.bytes; k += 3)
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = whole.slice();
        damaged[unit.offset + k] = value;
        await read(damaged).catch((error: Error) => {
          assert.equal(error.constructor, Error, `${name}, byte ${k}: ${error.stack}`);
          assert.doesNotMatch(error.message, internal);
        });
      }
  }
});

test("gzipped FITS decodes, with a stretch it becomes bytes", async () => {
  const c = named("bitpix -32 with NaN and infinity");
  const image = await decodeImage(gzipSync(bytesOf(c)), { stretch: "asinh" });
  assert.ok(image.data instanceof Uint8Array);
  assert.equal(image.data[(4 - 1 - 1) * 5 + 2], 0, "NaN becomes 0");
  assert.equal(Math.max(...image.data), 255);
});
