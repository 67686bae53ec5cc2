import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { exactNeighbours, nearestByProducts } from "../../lib/models/exact-neighbours.js";
import { nearestNeighbours } from "../../lib/models/nearest-neighbours.js";
import { squaredDistances } from "../../lib/models/squared-distances.js";
import { bothWays, matrix, randomMatrix, worst } from "./neighbours-golden.js";

/** The definition: sort all distances by differences. */
function bruteForce(x: Matrix, k: number, queries?: Matrix) {
  const d = x.shape[1];
  const asked = queries ?? x;
  return Array.from({ length: asked.shape[0] }, (_, i) => {
    const all = Array.from({ length: x.shape[0] }, (_, j) => {
      let square = 0;
      for (let p = 0; p < d; p++) square += (asked.data[i * d + p] - x.data[j * d + p]) ** 2;
      return { j, distance: Math.sqrt(square) };
    }).filter(({ j }) => queries || j !== i);
    return all.sort((a, b) => a.distance - b.distance || a.j - b.j).slice(0, k);
  });
}

test("neighbours by hand", () => {
  const { indices, distances } = exactNeighbours(matrix([[0], [1], [3], [10]]), 2);
  assert.deepEqual([...indices], [1, 2, 0, 2, 1, 0, 2, 1]);
  assert.deepEqual([...distances], [1, 3, 1, 2, 2, 3, 7, 9]);
});

test("neighbours equal sorting all distances, native and in TypeScript, over block edges", () => {
  for (const [n, d, k] of [
    [1100, 7, 5],
    [600, 150, 3],
    [5, 1, 4],
  ]) {
    const x = randomMatrix(n, d);
    for (const queries of [undefined, randomMatrix(530, d, 2)]) {
      const expected = bruteForce(x, k, queries).flat();
      const { native, reference } = bothWays(() => exactNeighbours(x, k, queries));
      for (const found of [native, reference]) {
        assert.deepEqual(
          [...found.indices],
          expected.map(({ j }) => j),
        );
        // Differences are summed in one order on both sides: equal to the bit.
        assert.deepEqual(
          [...found.distances],
          expected.map(({ distance }) => distance),
        );
      }
    }
  }
});

test("f32 input is searched in f64", () => {
  const x = randomMatrix(400, 40);
  const single: Matrix = { data: Float32Array.from(x.data), shape: x.shape };
  const double: Matrix = { data: Float64Array.from(single.data), shape: x.shape };
  assert.deepEqual(exactNeighbours(single, 5), exactNeighbours(double, 5));
});

test("a large offset does not disturb near neighbours", () => {
  const x = randomMatrix(300, 4);
  const far: Matrix = { data: x.data.map((v) => Math.round(v * 4096) / 4096 + 2 ** 24), shape: x.shape };
  const near: Matrix = { data: far.data.map((v) => v - 2 ** 24), shape: x.shape };
  const { native, reference } = bothWays(() => exactNeighbours(far, 6).indices);
  assert.deepEqual(native, exactNeighbours(near, 6).indices);
  assert.deepEqual(reference, native);
});

test("equal distances: the same rows stay natively and in TypeScript, copies at distance 0 exactly", () => {
  const x = randomMatrix(900, 5);
  const lattice: Matrix = { data: x.data.map((v) => Math.round(v) + 1e6), shape: x.shape };
  const { native, reference } = bothWays(() => nearestByProducts(lattice, 7));
  assert.deepEqual(native, reference);
  const copies: Matrix = { data: Float64Array.from([...x.data, ...x.data]), shape: [1800, 5] };
  for (const { squares } of Object.values(bothWays(() => nearestByProducts(copies, 1))))
    assert.equal(squares.filter((s) => s !== 0).length, 0);
});

test("the asynchronous search reports progress, stops on a signal and takes the approximate way beyond its limit", async (t) => {
  const x = randomMatrix(2000, 8);
  const exact = exactNeighbours(x, 5);
  const events: number[] = [];
  const found = await nearestNeighbours(x, {
    k: 5,
    onProgress: ({ done, total }) => events.push(done / total),
  });
  assert.deepEqual(found, exact);
  assert.equal(events.at(-1), 1);
  assert.ok(events.every((e, i) => i === 0 || e > events[i - 1]));
  const stop = new AbortController();
  await assert.rejects(
    nearestNeighbours(x, { k: 5, signal: stop.signal, onProgress: () => stop.abort() }),
    /abort/i,
  );
  if (!existsSync("node_modules/hnswlib-node/build/Release/addon.node"))
    return t.skip("hnswlib-node is not built: npm rebuild hnswlib-node");
  const approximate = await nearestNeighbours(x, { k: 5, exactLimit: 1000 });
  const hits = approximate.indices.filter((j, s) => {
    const i = Math.floor(s / 5);
    return exact.indices.subarray(5 * i, 5 * i + 5).includes(j);
  }).length;
  assert.ok(approximate.recall > 0.95, `recall ${approximate.recall}`);
  // Measured on 200 of the 2000 rows: within a few standard errors of the whole.
  assert.ok(Math.abs(approximate.recall - hits / exact.indices.length) < 0.03);
});

test("squared distances keep near-duplicates and agree natively to 1e-10", () => {
  const a = randomMatrix(33, 13);
  const b = randomMatrix(21, 13, 5);
  const { native, reference } = bothWays(() => squaredDistances(a, b));
  assert.ok(worst(native, reference) < 1e-10);
  const near = matrix([
    [1e8, 1],
    [1e8, 1 + 1e-7],
  ]);
  assert.ok(Math.abs(Math.sqrt(squaredDistances(near, near)[1]) - 1e-7) < 1e-14);
});

test("what cannot be searched is refused in one sentence", async () => {
  const x = randomMatrix(5, 2);
  assert.throws(() => exactNeighbours(x, 5), /k = 5 neighbours are wanted but only 4 rows/);
  assert.throws(() => exactNeighbours(x, 0), /k is 0/);
  assert.throws(() => exactNeighbours(matrix([[1, Number.NaN]]), 1), /NaN at row 0, column 1/);
  assert.throws(() => exactNeighbours(x, 1, randomMatrix(2, 3)), /queries have 3 columns where X has 2/);
  assert.throws(() => exactNeighbours({ data: new Float64Array(0), shape: [0, 2] }, 1), /0 rows/);
  await assert.rejects(
    nearestNeighbours({ data: new Float64Array(3), shape: [2, 2] }, { k: 1 }),
    /do not fill/,
  );
});
