import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTable } from "../../lib/data/tables/read-table.js";
import type { TableRow } from "../../lib/notebook/show-table.js";
import { leftOutTable, writeLeftOut } from "../../lib/study/left-out.js";
import { scratch } from "../scratch.js";

const left = {
  skipped: [
    { name: "a.jp2", reason: "not read here" },
    { name: "x, y, z", reason: "3 rows of t.csv have no image", count: 3 },
    { name: "b.jp2", reason: "not read here" },
    { name: "c", reason: "Image c.fits of /set: it is truncated: 10 bytes are there." },
    { name: "d", reason: "Image d.fits of /set: it is truncated: 20 bytes are there." },
    { name: "e", reason: 'Image e.png of /set: it is no "PNG", or damaged.' },
  ],
  wholeFrame: [{ id: "f", reason: "no contour contains the centre" }],
  doubtful: [{ id: "i", reason: "its data sum to 1 and its DATASUM is 2" }],
  cut: ["g", "h"],
};

test("what is left out is counted by its reason, stage by stage, and named", () => {
  assert.deepEqual(leftOutTable(left), [
    { what: "skipped", count: 3, reason: "3 rows of t.csv have no image", names: "x, y, z" },
    { what: "skipped", count: 2, reason: "not read here", names: "a.jp2, b.jp2" },
    { what: "skipped", count: 2, reason: "it is truncated: 10 bytes are there.", names: "c, d" },
    { what: "skipped", count: 1, reason: 'it is no "PNG", or damaged.', names: "e" },
    { what: "doubtful", count: 1, reason: "its data sum to 1 and its DATASUM is 2", names: "i" },
    { what: "whole frame", count: 1, reason: "no contour contains the centre", names: "f" },
    { what: "artefact cut", count: 2, reason: "inside the box drawn in notebook 02", names: "g, h" },
  ]);
  assert.deepEqual(leftOutTable({ skipped: [], doubtful: [], wholeFrame: [], cut: [] }), []);
});

test("the rows are rows for showTable", () => {
  const rows: readonly TableRow[] = leftOutTable(left);
  assert.equal(rows.length, 7);
});

test("a name that a spreadsheet would run is written as text", async (t) => {
  const path = join(scratch(t), "left-out.csv");
  const name = '=HYPERLINK("http://evil.example","open")';
  await writeLeftOut(path, { ...left, skipped: [{ name, reason: "@SUM(1)" }] });
  assert.deepEqual(
    readFileSync(path, "utf8").split("\n")[1],
    `skipped,1,"'${name.replaceAll('"', '""')}",'@SUM(1)`,
  );
});

test("the whole list is a table", async (t) => {
  const path = join(scratch(t), "left-out.csv");
  await writeLeftOut(path, left);
  const table = await readTable(path);
  assert.deepEqual(table.names, ["what", "count", "name", "reason"]);
  assert.equal(table.length, 10);
  assert.equal(table.text.get("name")![1], "x, y, z");
  assert.match(table.text.get("reason")![5], /no "PNG", or damaged/);
});
