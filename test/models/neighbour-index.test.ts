import assert from "node:assert/strict";
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { exactNeighbours } from "../../lib/models/exact-neighbours.js";
import { NeighbourIndex } from "../../lib/models/neighbour-index.js";
import { requirePackage } from "../../lib/package-root.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";

const random = new Random(3);
const x: Matrix = { data: Float32Array.from({ length: 2000 * 8 }, () => random.normal()), shape: [2000, 8] };

function built(): boolean {
  try {
    requirePackage("hnswlib-node");
    return true;
  } catch {
    return false;
  }
}

test("an index that was saved answers as it did, and finds nearly all true neighbours", async (t) => {
  if (!built()) return t.skip("hnswlib-node is not built: npm run build");
  const path = join(scratch(t), "index", "part.hnsw");
  const index = await NeighbourIndex.build(x);
  await index.save(path);
  const loaded = await NeighbourIndex.load(path);
  assert.deepEqual([loaded.rows, loaded.dimensions], [2000, 8]);
  const queries: Matrix = { data: x.data.slice(0, 100 * 8), shape: [100, 8] };
  const exact = exactNeighbours(x, 10, queries);
  let hits = 0;
  for (let i = 0; i < 100; i++) {
    const query = queries.data.subarray(8 * i, 8 * i + 8);
    const found = loaded.search(query, 10);
    assert.deepEqual(found, index.search(query, 10));
    assert.deepEqual([found[0].row, found[0].square], [i, 0], "itself first");
    const truth = new Set(exact.indices.subarray(10 * i, 10 * i + 10));
    hits += found.filter(({ row }) => truth.has(row)).length;
  }
  // ef 200 of 2000 rows in 8 dimensions: the graph misses next to nothing.
  assert.ok(hits >= 990, `${hits} of 1000`);
  assert.throws(() => loaded.search([1, 2], 3), /2 values where the rows have 8/);
  rmSync(`${path}.json`);
  await assert.rejects(NeighbourIndex.load(path), /no whole neighbour index/);
  await index.save(path);
  truncateSync(path, 1000);
  await assert.rejects(NeighbourIndex.load(path), /part\.hnsw/);
});
