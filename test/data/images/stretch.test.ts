import assert from "node:assert/strict";
import { test } from "node:test";
import { luptonRgb } from "../../../lib/data/images/lupton.js";
import { stackImages } from "../../../lib/data/images/stack-images.js";
import { stretchToBytes } from "../../../lib/data/images/stretch.js";

test("asinh and linear stretch by their formulas", () => {
  const data = Float32Array.of(-1, 0, 0.25, 0.5, 1, 2);
  const image = { data, width: 6, height: 1, channels: 1 };
  const limits = { low: 0, high: 1 };
  assert.deepEqual([...stretchToBytes(image, { kind: "linear", ...limits }).data], [0, 0, 64, 128, 255, 255]);
  const a = 10;
  const expected = [0, 0, 0.25, 0.5, 1, 1].map((x) => Math.round((255 * Math.asinh(a * x)) / Math.asinh(a)));
  assert.deepEqual([...stretchToBytes(image, { kind: "asinh", softening: a, ...limits }).data], expected);
});

test("a stretch that would make every image black is refused, also before a stack of images is made", async () => {
  const image = { data: Float32Array.of(0, 1), width: 2, height: 1, channels: 1 };
  for (const [options, why] of [
    [{ kind: "asinh", softening: 0 }, /softening is 0; give a number above 0/],
    [{ kind: "asinh", softening: Number.NaN }, /softening is NaN/],
    [{ kind: "asinh", softening: Number.POSITIVE_INFINITY }, /softening is Infinity/],
    [{ kind: "linear", low: Number.NaN }, /low is NaN/],
    [{ kind: "linear", low: 2, high: 2 }, /from low 2 to high 2/],
    [{ kind: "log" as "asinh" }, /stretch is "log"/],
  ] as const) {
    assert.throws(() => stretchToBytes(image, options), why);
    const images = { length: 1, ids: ["a"], image: async () => image };
    await assert.rejects(stackImages(images, { stretch: options }), why);
  }
  for (const options of [{ Q: Number.NaN }, { minimum: Number.NaN }, { stretch: Number.POSITIVE_INFINITY }])
    assert.throws(() => luptonRgb([[1], [1], [1]], 1, 1, options), /Lupton's .* must be a number/);
});

test("doubles from one end of their range to the other are stretched", () => {
  const data = Float64Array.of(-1.7e308, -0.85e308, 0, 0.85e308, 1.7e308);
  const image = { data, width: 5, height: 1, channels: 1 };
  const all = { kind: "linear", low: data[0], high: data[4] } as const;
  assert.deepEqual([...stretchToBytes(image, all).data], [0, 64, 128, 191, 255]);
});
