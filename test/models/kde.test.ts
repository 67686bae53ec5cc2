import assert from "node:assert/strict";
import test from "node:test";
import { gaussianKde } from "../../lib/models/kde.js";
import { bothEngines } from "./both-engines.js";
import { assertClose, golden } from "./clustering-golden.js";

for (const [name, c] of Object.entries(golden.kde))
  bothEngines(`gaussianKde agrees with scipy: ${name}`, () => {
    const kde = gaussianKde(c.values);
    // 1e-10 is the bar; the sums differ only in the order of their terms.
    assertClose([kde.bandwidth], [c.bandwidth], 1e-12, "bandwidth");
    assertClose(kde.grid, c.grid, 1e-12, "grid");
    assertClose(kde.density, c.density, 1e-10, "density");
  });

bothEngines("the density integrates to what lies within the cut, and can be asked for anywhere", () => {
  const values = golden.kde.normal.values;
  const { grid, density } = gaussianKde(values, { cut: 8, gridSize: 2000 });
  const step = grid[1] - grid[0];
  assert.ok(Math.abs(density.reduce((sum, f) => sum + f * step, 0) - 1) < 1e-6);
  // One kernel pair by hand: n = 2, std = sqrt(2), factor 1 -> h = sqrt(2), f(0) = exp(-1/4) / sqrt(4 pi).
  const pair = gaussianKde([-1, 1], { factor: 1, at: [0] });
  assert.ok(Math.abs(pair.density[0] - Math.exp(-0.25) / Math.sqrt(4 * Math.PI)) < 1e-15);
});

test("bad input is named", () => {
  assert.throws(() => gaussianKde([]), /0 values/);
  assert.throws(() => gaussianKde([1]), /1 values/);
  assert.throws(() => gaussianKde([1, Number.NaN]), /NaN at index 1/);
  assert.throws(() => gaussianKde([0.1, 0.1, 0.1]), /all values are the same/);
  assert.throws(() => gaussianKde([1, 2], { factor: 0 }), /above 0/);
  assert.throws(() => gaussianKde([1, 2], { gridSize: 1 }), />= 2/);
  assert.throws(() => gaussianKde([1, 2], { at: [0, Number.NaN] }), /at is NaN at index 1/);
  const matrix = { data: Float64Array.of(1, 2, 3), shape: [3, 1] } as unknown as number[];
  assert.throws(() => gaussianKde(matrix), /one list of numbers; pass a column/);
  assert.throws(() => gaussianKde(null as unknown as number[]), /0 values/);
  // Spreads of which the square or the density is beyond a double: NaN or infinity without a word.
  assert.throws(() => gaussianKde([1e300, -1e300, 2e300]), /too little or too much for a density/);
  assert.throws(() => gaussianKde([1e-310, 2e-310, 5e-310]), /too little or too much for a density/);
  assert.ok(gaussianKde([1e-100, 2e-100, 5e-100]).density.every(Number.isFinite));
});
