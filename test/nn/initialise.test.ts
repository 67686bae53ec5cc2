import assert from "node:assert/strict";
import { test } from "node:test";
import { kaimingNormal, linearUniform } from "../../lib/nn/initialise.js";
import { Random } from "../../lib/random.js";

test("kernels start by their fan-out, linear layers by their inputs, as PyTorch's do", () => {
  const { data } = kaimingNormal([64, 8, 3, 3], new Random(1));
  const std = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
  // The scatter of a standard deviation of 4608 numbers is 1 % of it.
  assert.ok(Math.abs(std / Math.sqrt(2 / (64 * 9)) - 1) < 0.04, `${std}`);
  const linear = linearUniform([3, 400], 400, new Random(1)).data.map(Math.abs);
  const largest = linear.reduce((a, b) => Math.max(a, b));
  assert.ok(largest <= 1 / 20 && largest > 0.99 / 20, `${largest}`);
});
