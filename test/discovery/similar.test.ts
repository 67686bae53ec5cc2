import assert from "node:assert/strict";
import { test } from "node:test";
import { similar } from "../../lib/discovery/similar.js";
import type { Matrix } from "../../lib/matrix.js";

const features = (...data: number[]): Matrix => ({
  data: Float64Array.from(data),
  shape: [data.length / 2, 2],
});

test("features that are no numbers are refused: they used to be the farthest, or to hide all others", () => {
  const clean = features(0, 0, 3, 4, 1, 0);
  assert.deepEqual(similar(clean, 0, { k: 2 }), [
    { index: 2, distance: 1 },
    { index: 1, distance: 5 },
  ]);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e200])
    assert.throws(
      () => similar(features(0, 0, 3, value, 1, 0), 0),
      /similar: features: value .* at row 1, column 1/,
    );
  assert.throws(() => similar(clean, [0, Number.NaN]), /similar: query: value NaN at row 0, column 1/);
  assert.throws(
    () => similar({ data: [1, 2], shape: [1, 2] } as unknown as Matrix, 0),
    /similar: features: its data are of type Array/,
  );
  assert.throws(() => similar({ data: new Float64Array(4), shape: [3, 2] }, 0), /4 values do not fill/);
});
