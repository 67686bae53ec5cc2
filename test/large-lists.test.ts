import assert from "node:assert/strict";
import { test } from "node:test";
import { joinTable } from "../lib/data/tables/join-table.js";
import type { Table } from "../lib/data/tables/table.js";
import { heldOutSearches } from "../lib/discovery/held-out-searches.js";
import { voteOracle } from "../lib/discovery/oracle.js";
import { skyMap } from "../lib/figures/sky-map.js";

// Node passes some 120 000 arguments to a function; `push(...list)` and `Math.max(...list)` end there.
const n = 300_000;

test("searches among halves of a survey", async () => {
  const truth = Uint8Array.from({ length: n }, (_, i) => Number(i % 100 === 0));
  const features = {
    data: Float64Array.from(truth, (t, i) => t + (i % 7) / 7),
    shape: [n, 1] as [number, number],
  };
  const oracle = voteOracle(Float64Array.from(truth, (t) => 5 * t));
  const { curves } = await heldOutSearches(features, truth, { oracle, halves: 1, budget: 10 });
  assert.equal(curves[0].found.length, n / 2);
  assert.equal(curves[0].total, n / 200);
});

test("a map of the sky that leaves nothing out", () => {
  const dec = Float64Array.from({ length: n }, (_, i) => (60 * i) / (n - 1));
  const values = { name: "score", values: dec };
  const map = skyMap({ title: "All", ra: dec, dec, values, maxPoints: n });
  assert.equal((map.data[0] as { y: number[] }).y.length, n);
  // A degree is as long one way as the other at 30 degrees.
  const { scaleratio } = map.layout.yaxis as { scaleratio: number };
  assert.ok(Math.abs(scaleratio - 2 / Math.sqrt(3)) < 1e-9);
});

test("a folder for each object and one file name in all: each has its row", () => {
  const path = (i: number) => `object${i}/image.png`;
  const images = Array.from({ length: n }, (_, i) => ({
    id: `object${i}/image`,
    entry: path(i),
    archive: "/data",
  }));
  const table: Table = {
    path: "t.csv",
    length: n,
    names: ["file", "z"],
    numeric: new Map([["z", Float64Array.from({ length: n }, (_, row) => n - row)]]),
    text: new Map([["file", Array.from({ length: n }, (_, row) => path(n - 1 - row))]]),
  };
  const { catalogue, skipped } = joinTable(table, images);
  assert.deepEqual(skipped, []);
  assert.deepEqual(
    catalogue.column("z"),
    Float64Array.from({ length: n }, (_, i) => i + 1),
  );
});
