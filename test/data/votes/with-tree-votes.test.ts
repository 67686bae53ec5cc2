import assert from "node:assert/strict";
import { test } from "node:test";
import type { Table } from "../../../lib/data/tables/table.js";
import { volunteerColumns } from "../../../lib/data/votes/decision-tree.js";
import { galaxyZoo2ToTree } from "../../../lib/data/votes/galaxy-zoo-2-columns.js";
import { withTreeVotes } from "../../../lib/data/votes/with-tree-votes.js";
import { galaxyZoo2Columns } from "./galaxy-zoo-2-table.js";

/** A table of two rows; the value of the second is missing. */
function table(columns: readonly string[], value: (name: string) => number): Table {
  const numeric = new Map(columns.map((name) => [name, Float64Array.of(value(name), Number.NaN)]));
  return { path: "votes.csv", length: 2, names: columns, numeric, text: new Map() };
}

const first = (t: Table, name: string) => t.numeric.get(name)?.[0];

test("published columns become the tree's, in any case, as the named release reads them", () => {
  const value = (name: string) =>
    name.endsWith("_count") ? name.length : name.endsWith("_weighted_fraction") ? 0.3 : 0.2;
  const published = table(galaxyZoo2Columns(), value);
  const read = withTreeVotes(published);
  assert.deepEqual(read, galaxyZoo2ToTree(published));
  assert.equal(read.notes, undefined);
  assert.deepEqual(
    volunteerColumns().filter((c) => !read.numeric.has(c)),
    [],
  );
  assert.equal(first(read, "smooth-or-featured_smooth_fraction"), 0.3);
  assert.equal(first(read, "smooth-or-featured_smooth_debiased"), 0.2);
  assert.equal(first(read, "bulge-size_obvious_fraction"), 0.6, "just noticeable and obvious are one answer");
  assert.equal(first(read, "merging_merger_fraction"), 0.09, "of all who were asked about oddity");
  assert.equal(
    first(read, "bar_total-votes"),
    "t03_bar_a06_bar_count".length + "t03_bar_a07_no_bar_count".length,
  );
  assert.ok(Number.isNaN(read.numeric.get("bar_total-votes")![1]), "no votes are no votes");
  const shouted = galaxyZoo2Columns().map((name) => name.toUpperCase());
  const loud = withTreeVotes(table(shouted, (name) => value(name.toLowerCase())));
  for (const c of volunteerColumns()) assert.equal(first(loud, c), first(read, c), c);
});

test("counts alone are enough: fractions are shares of them", () => {
  const counts: Record<string, number> = {
    t01_smooth_or_features_a01_smooth_count: 30,
    t06_odd_a14_yes_count: 15,
  };
  const read = withTreeVotes(table(galaxyZoo2Columns(["count"]), (name) => counts[name] ?? 5));
  assert.equal(read.notes, undefined);
  assert.equal(first(read, "smooth-or-featured_total-votes"), 40);
  assert.equal(first(read, "smooth-or-featured_smooth_fraction"), 0.75);
  assert.equal(first(read, "smooth-or-featured_smooth"), 30);
  assert.equal(first(read, "merging_merger_fraction"), (15 / 20) * (5 / 35));
  assert.ok(Number.isNaN(read.numeric.get("smooth-or-featured_smooth_fraction")![1]));
  const nobody = withTreeVotes(table(galaxyZoo2Columns(["count"]), () => 0));
  assert.equal(first(nobody, "smooth-or-featured_smooth_fraction"), 0, "as the release has it");
});

test("columns that look like votes and are none say which would be needed", () => {
  const noteOf = (columns: readonly string[]) => withTreeVotes(table(columns, () => 0.5)).notes?.join() ?? "";
  const some = galaxyZoo2Columns().filter((n) => !/^t03_bar_a07|^t08/.test(n));
  const note = noteOf(some);
  assert.match(
    note,
    /^it has no votes on bar, merging: Galaxy Zoo 2's columns .*t03_bar_a07_no_bar_weighted_fraction/,
  );
  assert.equal(first(withTreeVotes(table(some, () => 0.5)), "bar_total-votes"), undefined, "left out whole");
  assert.match(
    noteOf(["t01_smooth_or_features_a01_smooth_debiased"]),
    /no votes on any question: .*t01_smooth_or_features_a02_features_or_disk_weighted_fraction/,
  );
  assert.match(noteOf(["P_EL", "P_CS", "NVOTE"]), /Galaxy Zoo 1 .*smooth-or-featured_total-votes/);
  assert.match(
    noteOf(["bar-gz2_yes", "bar-gz2_no", "bar-gz2_total-votes"]),
    /no votes on bar: the columns bar_total-votes, bar_yes_fraction, bar_no_fraction are missing/,
  );
  assert.equal(noteOf(["ra", "dec", "bar_length", "p_value", "merging_time"]), "");
  assert.equal(noteOf(volunteerColumns()), "");
});

test("percent and counts under the names of fractions are no fractions: their question is left out with a note", () => {
  const read = withTreeVotes(
    table(volunteerColumns(), (name) => (name === "merging_merger_fraction" ? 98 : 1)),
  );
  assert.deepEqual(
    volunteerColumns().filter((name) => !read.numeric.has(name)),
    ["merger", "tidal-debris", "both", "neither"].map((a) => `merging_${a}_fraction`),
  );
  assert.deepEqual(read.notes, [
    "it has no votes on merging: its fractions of votes go above 1 and are left out (merging_merger_fraction: up to " +
      "98): divide them by 100 where they are percent, by the votes where they are counts",
  ]);
  const debiased = withTreeVotes(
    table([...volunteerColumns(), "bar_yes_debiased"], (name) => (name.endsWith("_debiased") ? 40 : 1)),
  );
  assert.ok(!debiased.numeric.has("bar_yes_debiased") && debiased.numeric.has("bar_yes_fraction"));
  assert.match(debiased.notes!.join(), /^its fractions of votes go above 1 .*bar_yes_debiased: up to 40/);
  const rounded = table(volunteerColumns(), () => 1.005);
  assert.equal(withTreeVotes(rounded), rounded);
});

test("of Galaxy Zoo 2 too: a task's percent are left out, counts stand for them where there are some", () => {
  const percent = (name: string) =>
    /^t08.*_weighted_fraction$/.test(name) ? 40 : /_fraction|_debiased/.test(name) ? 0.4 : 4;
  const alone = galaxyZoo2Columns(["weighted_fraction", "debiased"]);
  const read = withTreeVotes(table([...alone, "total_classifications"], percent));
  assert.equal(first(read, "merging_merger_fraction"), undefined);
  assert.equal(first(read, "bar_yes_fraction"), 0.4);
  assert.match(
    read.notes!.join(),
    /^it has no votes on merging: its fractions .*t08_\w+_weighted_fraction: up to 40\): divide/,
  );
  const counted = withTreeVotes(table(galaxyZoo2Columns(["count", "weighted_fraction"]), percent));
  assert.equal(
    first(counted, "merging_merger_fraction"),
    0.4 * (4 / 28),
    "odd yes, times one of seven oddities",
  );
  assert.match(counted.notes!.join(), /^its fractions of votes go above 1/);
});
