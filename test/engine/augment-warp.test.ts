import assert from "node:assert/strict";
import { test } from "node:test";
import { augmentWarp } from "../../lib/engine/ops/augment-warp.js";
import { Random } from "../../lib/random.js";
import { assertClose, missing, nativeSettings, run, type Setting, TOLERANCE, use } from "./compare.js";
import { plainWarp } from "./plain-warp.js";

const random = new Random(12);
const pictures = Uint8Array.from({ length: 4 * 21 * 18 * 3 }, () => random.integer(256));
const transforms = Float32Array.from([
  1, 0, 0, 0, 1, 0, 0.6, 0.7, -3, -0.7, 0.6, 9, -1, 0, 18, 0, 1, 0, 2.1, 0, -20, 0, 1.9, 14,
]);
const sigmas = Float32Array.of(0, 0.8, 2.5, 30);
const options = { ...plainWarp(17, 14), mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25] };

test("augmentWarp agrees between backends, in colour and in grey", async (t) => {
  for (const channels of [1, 3]) {
    const shape: [number, number, number, number] = [4, 21, 18, channels];
    const images = pictures.slice(0, 4 * 21 * 18 * channels);
    await use("cpu");
    const expected = run(() => augmentWarp(images, shape, transforms, sigmas, options));
    for (const setting of ["wasm", ...nativeSettings] as Setting[]) {
      await t.test(`${setting}, ${channels} channels`, { skip: missing(setting) }, async () => {
        await use(setting);
        const actual = run(() => augmentWarp(images, shape, transforms, sigmas, options));
        assertClose(actual, expected, Math.max(TOLERANCE[setting], 1e-5), "augmentWarp");
      });
    }
  }
});

test("augmentWarp: identity, mirror and a blurred constant, by hand", async () => {
  for (const setting of ["cpu", "onednn f32", "cuda f32"] as Setting[]) {
    if (missing(setting)) continue;
    await use(setting);
    const plain = plainWarp(1, 3);
    const row = Uint8Array.of(51, 102, 255);
    const red = (t: number[], sigma = 0, bytes = row) =>
      Array.from(
        run(() => augmentWarp(bytes, [1, 1, 3, 1], Float32Array.from(t), Float32Array.of(sigma), plain))[0]
          .values,
      )
        .filter((_, i) => i % 3 === 0)
        .map((v) => Math.round(v * 1e5) / 1e5);
    assert.deepEqual(red([1, 0, 0, 0, 1, 0]), [0.2, 0.4, 1]);
    assert.deepEqual(red([-1, 0, 3, 0, 1, 0]), [1, 0.4, 0.2]);
    assert.deepEqual(red([1, 0, -1, 0, 1, 0]), [0.4, 0.2, 0.4], "left of the image is its mirror");
    assert.deepEqual(red([1, 0, 0.5, 0, 1, 0]), [0.3, 0.7, 0.7]);
    assert.deepEqual(red([1, 0, 0, 0, 1, 0], 1.3, Uint8Array.of(51, 51, 51)), [0.2, 0.2, 0.2]);
  }
});
