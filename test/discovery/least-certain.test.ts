import assert from "node:assert/strict";
import { test } from "node:test";
import { leastCertain } from "../../lib/discovery/least-certain.js";

const probabilities = (...rows: number[][]) => ({
  data: Float64Array.from(rows.flat()),
  shape: [rows.length, rows[0].length] as [number, number],
});

test("the objects two clusters share most equally come first, whatever the clusters' numbers", () => {
  const p = probabilities(
    [0.6, 0.4, 0], // lead 0.2
    [1, 0, 0],
    [0, 0.25, 0.75], // 0.5
    [0.1, 0.44, 0.46], // 0.02
    [0.2, 0.5, 0.3], // 0.2, of a later row
  );
  const found = leastCertain(p).map(({ row, cluster, other }) => [row, cluster, other]);
  assert.deepEqual(found, [
    [3, 2, 1],
    [0, 0, 1],
    [4, 1, 2],
    [2, 2, 1],
  ]);
  assert.ok(Math.abs(leastCertain(p)[0].lead - 0.02) < 1e-12);
});

test("at most so many of a cluster, and so many in all", () => {
  const p = probabilities([0.51, 0.49], [0.52, 0.48], [0.53, 0.47], [0.1, 0.9]);
  assert.deepEqual(
    leastCertain(p, { each: 2 }).map((m) => m.row),
    [0, 1, 3],
  );
  assert.deepEqual(
    leastCertain(p, { count: 1 }).map((m) => m.row),
    [0],
  );
});

test("what is held for sure is at no border, and one cluster has none", () => {
  assert.deepEqual(leastCertain(probabilities([1, 0], [1 - 1e-12, 1e-12])), []);
  assert.deepEqual(leastCertain(probabilities([1], [1])), []);
});
