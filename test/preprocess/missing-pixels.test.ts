import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeImage } from "../../lib/data/images/decode-image.js";
import type { PixelImage } from "../../lib/data/images/image.js";
import { stretchToBytes } from "../../lib/data/images/stretch.js";
import { centralSourceBox } from "../../lib/preprocess/central-source-box.js";
import { cropImage } from "../../lib/preprocess/crop.js";
import { findSourceBox } from "../../lib/preprocess/find-source-box.js";
import { preprocess } from "../../lib/preprocess/preprocess.js";
import { wholeFrameWarning } from "../../lib/preprocess/whole-frame-warning.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";

/** A FITS file of 32-bit floats, first row at the bottom. */
function fits(values: Float32Array, width: number): Uint8Array {
  const height = values.length / width;
  const cards = [
    "SIMPLE  = T",
    "BITPIX  = -32",
    "NAXIS   = 2",
    `NAXIS1  = ${width}`,
    `NAXIS2  = ${height}`,
    "END",
  ];
  const body = Buffer.alloc(Math.ceil((4 * values.length) / 2880) * 2880);
  values.forEach((v, i) => {
    body.writeFloatBE(v, 4 * i);
  });
  return Buffer.concat([
    Buffer.from(
      cards
        .map((c) => c.padEnd(80))
        .join("")
        .padEnd(2880),
    ),
    body,
  ]);
}

interface Cutout {
  file: Uint8Array;
  /** Radius of the source's half light, pixels. */
  radius: number;
  size: number;
}

/**
 * A galaxy at the centre of a frame on a sky level, a survey's edge through the frame: NaN beyond one or two sides, or
 * beyond a slanted line.
 */
function edgeCutout(seed: number): Cutout {
  const random = new Random(seed);
  const size = 72 + 8 * random.integer(6);
  const radius = random.uniform(2.5, 5.5);
  const noise = random.uniform(1, 10);
  const sky = random.uniform(30, 600) * noise;
  const peak = random.uniform(15, 80) * noise;
  const [cx, cy] = [size / 2 + random.uniform(-1.5, 1.5), size / 2 + random.uniform(-1.5, 1.5)];
  const side = random.integer(4);
  const depth = random.uniform(0.08, 0.32) * size;
  const slant = random.uniform(-0.3, 0.3);
  const axisRatio = random.uniform(0.5, 1);
  const values = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    const [across, along] = side < 2 ? [side ? size - 1 - x : x, y] : [side === 3 ? size - 1 - y : y, x];
    if (across + slant * (along - size / 2) < depth) return Number.NaN;
    const r = Math.hypot(x - cx, (y - cy) / axisRatio);
    return sky + random.normal(0, noise) + peak * Math.exp(-r / radius);
  });
  return { file: fits(values, size), radius, size };
}

/** Whether a box lies around the centre and is of a source's size, not of the frame's. */
function around(box: { x: number; y: number; width: number; height: number } | null, size: number): boolean {
  if (!box) return false;
  const inside = (from: number, length: number) => from <= size / 2 && from + length >= size / 2;
  return inside(box.x, box.width) && inside(box.y, box.height) && box.width < 0.9 * size;
}

test("60 FITS cutouts at a survey's edge, on a sky level: at least 52 get a source box", async () => {
  const counts = { ignored: 0, zero: 0, bytes: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const { file, size } = edgeCutout(seed);
    const image = await decodeImage(file);
    if (around(findSourceBox(image).box, size)) counts.ignored++;
    if (around(findSourceBox(image, { missing: "zero" }).box, size)) counts.zero++;
    if (around(findSourceBox(await decodeImage(file, { stretch: "asinh" })).box, size)) counts.bytes++;
  }
  assert.ok(counts.ignored >= 52, JSON.stringify(counts));
  // Stretched before they are looked at: asinh widens the noise beside the source, edge or not.
  assert.ok(counts.bytes >= 40, JSON.stringify(counts));
  // The literal way drowns most sources: these cutouts are the case in question.
  assert.ok(counts.zero <= 15, JSON.stringify(counts));
});

test("the box with an edge is that of the same image with its sky subtracted, where NaN as 0 is right", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const image = await decodeImage(edgeCutout(seed).file);
    const { stats } = centralSourceBox(image);
    const subtracted = { ...image, data: image.data.map((v) => v - stats.median) as Float32Array };
    const [level, zero] = [centralSourceBox(image), centralSourceBox(subtracted, { missing: "zero" })];
    assert.ok(level.box && zero.box);
    for (const key of ["x", "y", "width", "height"] as const)
      assert.ok(Math.abs(level.box[key] - zero.box[key]) <= 8, `${seed}: ${key}`);
  }
});

test("infinities count as NaN does, and a hole in the source does not hide it", () => {
  const size = 41;
  const data = Float32Array.from({ length: size * size }, (_, i) => {
    const r = Math.hypot((i % size) - 20, Math.floor(i / size) - 20);
    return 100 + ((i * 7) % 5) + (r < 6 ? 500 : 0);
  });
  const whole: PixelImage = { data, width: size, height: size, channels: 1 };
  const holed = { ...whole, data: data.slice() };
  for (const [x, y] of [
    [20, 20],
    [21, 20],
    [19, 19],
  ])
    holed.data[y * size + x] = x === 20 ? Number.NaN : Number.POSITIVE_INFINITY;
  assert.deepEqual(centralSourceBox(holed).box, centralSourceBox(whole).box);
});

test("bytes remember which pixels had no number, through a crop as well", () => {
  const data = Float32Array.of(1, 2, Number.NaN, 4, 5, 6, Number.POSITIVE_INFINITY, 8, 9);
  const bytes = stretchToBytes(
    { data, width: 3, height: 3, channels: 1 },
    { kind: "linear", low: 0, high: 9 },
  );
  assert.deepEqual([...bytes.missing!], [0, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.equal(bytes.data[2], 0);
  assert.deepEqual([...cropImage(bytes, { x: 1, y: 0, width: 2, height: 2 }).missing!], [0, 1, 0, 0]);
  const three = stretchToBytes({ data, width: 1, height: 3, channels: 3 });
  assert.deepEqual([...three.missing!], [1, 0, 0]);
  const whole = stretchToBytes({ data: Float32Array.of(1, 2), width: 2, height: 1, channels: 1 });
  assert.equal(whole.missing, undefined);
});

test("a cut that keeps nearly every frame says so, with the likely cause", async (t) => {
  const empty = Array.from({ length: 18 }, () => ({ reason: "nothing is above the threshold" }));
  const aside = empty.map(() => ({ reason: "none of 2 contours above the threshold contains the centre" }));
  assert.match(
    wholeFrameWarning(empty, 20, { missing: "ignored" })!,
    /18 of 20 images.*weight map.*fitsUnit/,
  );
  assert.match(wholeFrameWarning(aside, 20, { missing: "ignored" })!, /not at the centre/);
  assert.match(wholeFrameWarning(aside, 20, { missing: "zero" })!, /NaN counts as 0/);
  assert.equal(wholeFrameWarning(empty, 21, { missing: "ignored" }), null);
  assert.equal(wholeFrameWarning(empty.slice(0, 9), 9, { missing: "ignored" }), null);

  scratch(t);
  const warned: string[] = [];
  t.mock.method(console, "warn", (text: string) => warned.push(text));
  const flat = { data: new Float32Array(400).fill(3), width: 20, height: 20, channels: 1 };
  const ids = Array.from({ length: 12 }, (_, i) => `w${i}`);
  const dataset = {
    name: "weights",
    length: 12,
    ids,
    labels: null,
    votes: null,
    provenance: { source: "test", path: "none", fingerprint: "0" },
    image: async () => flat,
    close: async () => {},
  } as unknown as Parameters<typeof preprocess>[0];
  // Twice: a cut that comes from the cache is no better.
  for (let k = 0; k < 2; k++) await (await preprocess(dataset, { size: 16 })).stack.close();
  assert.equal(warned.length, 2);
  assert.match(warned[0], /no source in 12 of 12 images/);
});
