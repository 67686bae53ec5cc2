import assert from "node:assert/strict";
import { test } from "node:test";
import { Catalogue } from "../../lib/data/tables/catalogue.js";
import { overAll, type Results, resultsTable } from "../../lib/study/results-table.js";

const results = {
  images: {
    stack: { ids: ["a", "b", "c"] },
    catalogue: new Catalogue(
      3,
      new Map([
        ["RA", Float64Array.of(1, 2, 3)],
        ["cluster", Float64Array.of(7, 8, 9)],
      ]),
    ),
    labels: ["spiral", null, "round"],
  },
  components: { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
  clusters: Int32Array.of(1, 0, 1),
  probabilities: { data: Float64Array.of(0.1, 0.9, 0.8, 0.2, 0.3, 0.7), shape: [3, 2] },
  plane: { data: Float64Array.of(0, 1, 2, 3, 4, 5), shape: [3, 2] },
} as unknown as Results;

test("a row an image: catalogue, class, cluster with its own probability, plane, components", () => {
  const columns = resultsTable(results);
  const names = [
    "id",
    "RA",
    "catalogue_cluster",
    "label",
    "cluster",
    "probability",
    "umap_x",
    "umap_y",
    "pc1",
    "pc2",
  ];
  assert.deepEqual(
    columns.map((c) => c.name),
    names,
  );
  const values = (name: string) =>
    Array.from(columns.find((c) => c.name === name)!.values as ArrayLike<unknown>);
  assert.deepEqual(values("probability"), [0.9, 0.8, 0.7]);
  assert.deepEqual(values("umap_y"), [1, 3, 5]);
  assert.deepEqual(values("pc2"), [2, 4, 6]);
  assert.deepEqual(values("catalogue_cluster"), [7, 8, 9]);
  assert.equal(columns[1].unit, "deg");
});

test("a value for some of the images is NaN for the others; what does not fit is refused", () => {
  const column = { name: "score", values: Float64Array.of(5, 6), rows: [2, 0] };
  assert.deepEqual(overAll(column, 3).values, Float64Array.of(6, Number.NaN, 5));
  assert.throws(() => overAll({ ...column, rows: [1] }, 3), /"score" has 2 values for 1 images/);
  assert.throws(() => overAll({ ...column, values: ["a", "b"] }, 3), /"score" is text/);
});

test("columns of text come back, and names that are taken but for their case get another", () => {
  const catalogue = new Catalogue(
    3,
    new Map([
      ["mag", Float64Array.of(1, 2, 3)],
      ["MAG", Float64Array.of(4, 5, 6)],
      ["score", Float64Array.of(7, 8, 9)],
    ]),
    new Map([
      ["comment", ["x", null, "z"]],
      ["ID", ["p", "q", "r"]],
    ]),
  );
  const columns = resultsTable({ ...results, images: { ...results.images, catalogue } }, ["Score"]);
  const names = columns.map((c) => c.name);
  assert.deepEqual(names.slice(0, 6), [
    "id",
    "mag",
    "catalogue_MAG",
    "catalogue_score",
    "comment",
    "catalogue_ID",
  ]);
  assert.deepEqual(columns[4].values, ["x", null, "z"]);
  assert.equal(new Set(names.map((n) => n.toLowerCase())).size, names.length);
});
