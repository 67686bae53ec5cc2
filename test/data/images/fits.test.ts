import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { decodeImage } from "../../../lib/data/images/decode-image.js";
import { fitsUnits, readFits } from "../../../lib/data/images/fits.js";
import { stretchToBytes } from "../../../lib/data/images/stretch.js";

interface Case {
  name: string;
  unit: number | string | null;
  file: string;
  shape: number[];
  values: (number | null)[];
}
const golden: { astropy: string; cases: Case[] } = JSON.parse(
  readFileSync("test/reference/data-fits.json", "utf8"),
);
const bytesOf = (c: Case) => new Uint8Array(Buffer.from(c.file, "base64"));
const named = (name: string) => golden.cases.find((c) => c.name === name)!;

for (const c of golden.cases)
  test(`FITS equals astropy ${golden.astropy}: ${c.name}`, () => {
    const image = readFits(bytesOf(c), { unit: c.unit ?? undefined });
    const [height, width] = c.shape.slice(-2);
    assert.deepEqual([image.width, image.height], [width, height]);
    c.values.forEach((expected, i) => {
      const plane = Math.floor(i / (width * height));
      const row = Math.floor((i % (width * height)) / width);
      // astropy's first row is the bottom one
      const got = image.data[((height - 1 - row) * width + (i % width)) * image.channels + plane];
      // One rounding to a 32-bit float; astropy rounds twice where it applies BSCALE in 32 bits itself.
      if (expected === null) assert.ok(Number.isNaN(got));
      else assert.ok(Math.abs(got - expected) <= 1.2e-7 * Math.abs(expected), `${got} for ${expected}`);
    });
  });

test("a FITS file cut anywhere is refused, never read as zeros", () => {
  const whole = bytesOf(named("bitpix -64"));
  for (const length of [10, 79, 1000, 2879, 2880, 2880 + 159])
    assert.throws(() => readFits(whole.slice(0, length)), /truncated|not FITS/, `cut at ${length}`);
  // Only the padding of the last block may be missing.
  assert.equal(readFits(whole.slice(0, 2880 + 160)).width, 5);
});

test("hostile FITS headers: no END, huge axes, impossible BITPIX, other dimensions", () => {
  const patch = (from: string, to: string) => {
    const text = Buffer.from(bytesOf(named("bitpix 16"))).toString("latin1");
    assert.ok(text.includes(from));
    return new Uint8Array(Buffer.from(text.replace(from, to), "latin1"));
  };
  const axis = "NAXIS1  =                    5";
  assert.throws(
    () => readFits(patch(axis, "NAXIS1  =           3000000000"), { maxPixels: 1e8 }),
    /more than/,
  );
  assert.throws(() => readFits(patch(axis, "NAXIS1  =                   -5")), /impossible/);
  assert.throws(() => readFits(patch(axis, "NAXIS1  =                 1E99")), /impossible/);
  assert.throws(
    () => readFits(patch("BITPIX  =                   16", "BITPIX  =                   17")),
    /BITPIX/,
  );
  assert.throws(() => readFits(patch("\nEND".trim().padEnd(80), "XXX".padEnd(80))), /END|truncated/);
  assert.throws(() => readFits(bytesOf(named("unit by name")), { unit: "NONE" }), /it has 0.*2 SCI, 3 ERR/);
  assert.equal(fitsUnits(bytesOf(named("unit by name"))).length, 4);
});

test("gzipped FITS decodes, with a stretch it becomes bytes", async () => {
  const c = named("bitpix -32 with NaN");
  const image = await decodeImage(gzipSync(bytesOf(c)), { stretch: "asinh" });
  assert.ok(image.data instanceof Uint8Array);
  assert.equal(image.data[(4 - 1 - 1) * 5 + 2], 0, "NaN becomes 0");
  assert.equal(Math.max(...image.data), 255);
});

test("asinh and linear stretch by their formulas", () => {
  const data = Float32Array.of(-1, 0, 0.25, 0.5, 1, 2);
  const image = { data, width: 6, height: 1, channels: 1 };
  const limits = { low: 0, high: 1 };
  assert.deepEqual([...stretchToBytes(image, { kind: "linear", ...limits }).data], [0, 0, 64, 128, 255, 255]);
  const a = 10;
  const expected = [0, 0, 0.25, 0.5, 1, 1].map((x) => Math.round((255 * Math.asinh(a * x)) / Math.asinh(a)));
  assert.deepEqual([...stretchToBytes(image, { kind: "asinh", softening: a, ...limits }).data], expected);
});
