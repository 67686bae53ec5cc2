import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { openArchive } from "../../lib/data/archives/open-archive.js";
import { renderGalaxy } from "../../lib/data/mock/render-galaxy.js";
import { centralSourceBox, enlargeBox, selectChannel } from "../../lib/preprocess/central-source-box.js";
import { reference } from "./reference.js";

interface Expected {
  contours: number;
  squares: number[];
  box: number[] | null;
}
type Golden = { images: Record<string, { sum: number; paper: Expected; astronomaly: Expected }> };

const data = process.env.LATENT_SKY_DATA;
const absent = !data || !existsSync(join(data, "decals-examples.zip"));

test("boxes equal OpenCV's on real images, both thresholds", {
  skip: absent && "set LATENT_SKY_DATA to a folder with decals-examples.zip and galaxy-zoo-2-sample.zip",
}, async () => {
  const { images } = reference<Golden>("preprocess-boxes.json");
  const names = Object.keys(images);
  assert.ok(names.length >= 200);
  for (const archiveName of new Set(names.map((n) => n.split("/")[0]))) {
    const archive = await openArchive(join(data!, archiveName));
    for (const key of names.filter((n) => n.startsWith(`${archiveName}/`))) {
      const bytes = await archive.read(key.slice(archiveName.length + 1));
      const { data: pixels, info } = await sharp(bytes)
        .toColourspace("srgb")
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const golden = images[key];
      // Another JPEG decoder may differ by a level here and there; then no box can be compared.
      assert.equal(
        pixels.reduce((s: number, v: number) => s + v, 0),
        golden.sum,
        `${key} decodes to other pixels than in the reference`,
      );
      for (const threshold of ["paper", "astronomaly"] as const) {
        const found = centralSourceBox(
          { data: pixels, width: info.width, height: info.height, channels: 3 },
          { threshold },
        );
        const expected = golden[threshold];
        assert.equal(found.contours.length, expected.contours, `${key} ${threshold}: number of contours`);
        const squares = [0, 0, 0, 0];
        for (const { box: b } of found.contours)
          for (const [i, v] of [b.x, b.y, b.width, b.height].entries()) squares[i] += v * v;
        assert.deepEqual(
          squares,
          expected.contours ? expected.squares : [0, 0, 0, 0],
          `${key} ${threshold}: all boxes`,
        );
        const b = found.contour?.box;
        assert.deepEqual(b ? [b.x, b.y, b.width, b.height] : null, expected.box, `${key} ${threshold}`);
      }
    }
    await archive.close();
  }
});

test("the box is twice the contour's about its centre, within the image", () => {
  assert.deepEqual(enlargeBox({ x: 40, y: 30, width: 20, height: 11 }, 2, 100, 100), {
    x: 30,
    y: 24,
    width: 40,
    height: 23,
  });
  assert.deepEqual(enlargeBox({ x: 40, y: 30, width: 21, height: 10 }, 2, 100, 100), {
    x: 29,
    y: 25,
    width: 43,
    height: 20,
  });
  assert.deepEqual(enlargeBox({ x: 0, y: 80, width: 60, height: 20 }, 2, 100, 100), {
    x: 0,
    y: 70,
    width: 90,
    height: 30,
  });
  assert.deepEqual(enlargeBox({ x: 5, y: 5, width: 3, height: 3 }, 1, 100, 100), {
    x: 5,
    y: 5,
    width: 3,
    height: 3,
  });
});

test("a galaxy is found, and grows its box with its size on the sky", () => {
  const found = centralSourceBox(renderGalaxy({ kind: "elliptical", crowding: 0, imageSize: 200 }));
  assert.ok(found.box && found.contour);
  const { x, y, width, height } = found.contour.box;
  assert.ok(Math.abs(x + width / 2 - 100) < 8 && Math.abs(y + height / 2 - 100) < 8);
});

test("luminance is Rec. 601's, of bytes to the nearest", () => {
  const pixel = { width: 1, height: 1, channels: 3 };
  const light = 0.299 * 11 + 0.587 * 20 + 0.114 * 32; // 18.677
  assert.equal(selectChannel({ ...pixel, data: Uint8Array.of(11, 20, 32) }, "luminance")[0], 19);
  assert.equal(selectChannel({ ...pixel, data: Float64Array.of(11, 20, 32) }, "luminance")[0], light);
});

test("failures say why: a constant image, an empty centre, a hollow of NaN", () => {
  const flat = { data: new Uint8Array(400).fill(9), width: 20, height: 20, channels: 1 };
  assert.equal(centralSourceBox(flat).reason, "nothing is above the threshold");
  const corner = { ...flat, data: flat.data.slice() };
  corner.data[0] = 255;
  assert.match(centralSourceBox(corner).reason!, /none of 1 contour above the threshold contains the centre/);
  const nan = { data: new Float32Array(400).fill(Number.NaN), width: 20, height: 20, channels: 1 };
  assert.equal(centralSourceBox(nan).box, null);
  const pixel = { data: new Uint8Array([7]), width: 1, height: 1, channels: 1 };
  assert.equal(centralSourceBox(pixel).box, null);
});

test("float images: NaN counts as zero where that is asked for, and bytes as floats give the same box", () => {
  const bytes = renderGalaxy({ kind: "spiral", imageSize: 128, seed: 5 });
  const floats = { ...bytes, data: Float32Array.from(bytes.data) };
  for (const threshold of ["paper", "astronomaly"] as const)
    assert.deepEqual(centralSourceBox(floats, { threshold }).box, centralSourceBox(bytes, { threshold }).box);
  const holed = { ...floats, data: floats.data.map((v, i) => (i % 384 < 9 ? Number.NaN : v)) };
  const zeroed = { ...floats, data: floats.data.map((v, i) => (i % 384 < 9 ? 0 : v)) };
  assert.deepEqual(centralSourceBox(holed, { missing: "zero" }).box, centralSourceBox(zeroed).box);
});
