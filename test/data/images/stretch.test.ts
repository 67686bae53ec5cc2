import assert from "node:assert/strict";
import { test } from "node:test";
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

test("doubles from one end of their range to the other are stretched", () => {
  const data = Float64Array.of(-1.7e308, -0.85e308, 0, 0.85e308, 1.7e308);
  const image = { data, width: 5, height: 1, channels: 1 };
  const all = { kind: "linear", low: data[0], high: data[4] } as const;
  assert.deepEqual([...stretchToBytes(image, all).data], [0, 64, 128, 191, 255]);
});
