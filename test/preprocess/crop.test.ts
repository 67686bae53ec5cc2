import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { openArchive } from "../../lib/data/archives/open-archive.js";
import { lanczosResize } from "../../lib/data/images/lanczos.js";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import { cropAndResize, cropImage } from "../../lib/preprocess/crop.js";
import { lcg, reference } from "./reference.js";

const golden = reference<{ enlarged: number[]; shrunk: number[]; real: Record<string, number[]> }>(
  "preprocess-resize.json",
);
const data = process.env.LATENT_SKY_DATA;
const absent = !data || !existsSync(join(data, "decals-examples.zip"));

/** The noisy blob of the reference script. */
function noisyBlob() {
  const [width, height] = [97, 83];
  const u = lcg(7, width * height * 3);
  const pixels = Uint8Array.from(u, (v, i) => {
    const k = Math.floor(i / 3);
    const [x, y] = [k % width, Math.floor(k / width)];
    return Math.min(255, Math.floor(v * 120) + Math.floor(30000 / (200 + (x - 40) ** 2 + 3 * (y - 50) ** 2)));
  });
  return { data: pixels, width, height, channels: 3 };
}

const difference = (ours: ArrayLike<number>, theirs: number[]) =>
  theirs.reduce((sum, v, i) => sum + Math.abs(ours[i] - v), 0) / theirs.length;
const every = (pixels: ArrayLike<number>, step: number) =>
  Array.from(pixels).filter((_, i) => i % step === 0);

test("shrinking and enlarging stay within 2 grey levels of Pillow's Lanczos, on average", async () => {
  const small = cropAndResize(noisyBlob(), null, 40);
  assert.ok(difference(small.data, golden.shrunk) < 2, `shrunk ${difference(small.data, golden.shrunk)}`);
  const large = every(cropAndResize(noisyBlob(), null, 300).data, 17);
  assert.ok(difference(large, golden.enlarged) < 2, `enlarged ${difference(large, golden.enlarged)}`);
});

test("real crops stay within 2 grey levels of Pillow's Lanczos, on average", {
  skip: absent && "set LATENT_SKY_DATA to a folder with decals-examples.zip",
}, async () => {
  const archive = await openArchive(join(data!, "decals-examples.zip"));
  for (const [name, theirs] of Object.entries(golden.real)) {
    const { data: pixels, info } = await sharp(await archive.read(name))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { data: pixels, width: info.width, height: info.height, channels: 3 };
    const out = cropAndResize(image, { x: 112, y: 102, width: 220, height: 210 }, 300);
    const ours = Array.from({ length: 300 }, (_, p) => [0, 1, 2].map((c) => out.data[29 * 3 * p + c])).flat();
    assert.ok(difference(ours, theirs) < 2, `${name}: ${difference(ours, theirs)}`);
  }
  await archive.close();
});

test("a crop is the pixels of the box, and a box outside is refused", () => {
  const image = { data: Uint8Array.from({ length: 60 }, (_, i) => i), width: 5, height: 4, channels: 3 };
  const crop = cropImage(image, { x: 1, y: 2, width: 2, height: 1 });
  assert.deepEqual([...crop.data], [33, 34, 35, 36, 37, 38]);
  assert.throws(
    () => cropImage(image, { x: 4, y: 0, width: 2, height: 1 }),
    /does not lie in an image of 5 x 4/,
  );
  assert.throws(() => cropAndResize(image, { x: 0, y: 3, width: 2, height: 2 }, 8), /does not lie in/);
});

test("resizing a box of an image equals cropping first; at its own size nothing changes", () => {
  const image = noisyBlob();
  const box = { x: 7, y: 11, width: 61, height: 47 };
  const crop = cropImage(image, box);
  const into = new Uint8Array(50 * 50 * image.channels);
  for (const channels of [1, 3]) {
    const apart = cropAndResize(crop, null, 50, { channels }).data;
    assert.deepEqual(cropAndResize(image, box, 50, { channels }).data, apart);
  }
  const { data } = cropAndResize(image, box, 50, { into });
  assert.equal(data, into);
  assert.deepEqual(into, cropAndResize(crop, null, 50).data);
  assert.deepEqual(
    cropAndResize(image, { ...box, width: 47 }, 47).data,
    cropImage(image, { ...box, width: 47 }).data,
  );
});

test("the native passes equal the TypeScript ones, byte for byte", {
  skip: !numeric() && "the numeric addon is not built",
}, () => {
  const image = noisyBlob();
  const usual = process.env.LATENT_SKY_NUMERIC;
  const sizes = [
    [300, 300],
    [40, 41],
    [97, 200],
  ];
  const all = (channels: 1 | 3) =>
    sizes.map(([w, h]) =>
      lanczosResize(image.data.subarray(0, 97 * 83 * channels), { width: 97, height: 83, channels }, w, h),
    );
  const native = [all(1), all(3)];
  process.env.LATENT_SKY_NUMERIC = "off";
  try {
    assert.deepEqual([all(1), all(3)], native);
  } finally {
    if (usual === undefined) delete process.env.LATENT_SKY_NUMERIC;
    else process.env.LATENT_SKY_NUMERIC = usual;
  }
});
