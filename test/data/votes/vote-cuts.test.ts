import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionTree, treeQuestion, volunteerColumns } from "../../../lib/data/votes/decision-tree.js";
import {
  evaluationSubset,
  mergerProbability,
  mergerScore,
  trueMergers,
} from "../../../lib/data/votes/vote-cuts.js";
import { VoteTable } from "../../../lib/data/votes/vote-table.js";

/** A table with all volunteer columns at 0, votes at 20, and the given cells set. */
function votes(rows: Record<string, number>[]): VoteTable {
  const columns = new Map(
    volunteerColumns().map((c) => [
      c,
      Float64Array.from(rows, (row) => row[c] ?? (c.endsWith("total-votes") ? 20 : 0)),
    ]),
  );
  return new VoteTable(rows.length, columns);
}

const round = { "smooth-or-featured_smooth_fraction": 0.9, "how-rounded_completely_fraction": 0.85 };
const spiral = { "smooth-or-featured_featured-or-disk_fraction": 0.9, "has-spiral-arms_yes_fraction": 0.9 };
const edge = { "disk-edge-on_yes_fraction": 0.9 };

test("the evaluation subset follows paper 5.1, its cuts strict, its votes counted, mergers out", () => {
  const table = votes([
    round,
    spiral,
    edge,
    {}, // none
    { ...round, "how-rounded_completely_fraction": 0.8 }, // not above 0.8
    { ...round, "how-rounded_total-votes": 4 }, // too few votes
    { ...spiral, "has-spiral-arms_total-votes": 5 }, // just enough
    { ...edge, merging_merger_fraction: 0.2 }, // not below 0.2
    { ...edge, merging_merger_fraction: 0.19 },
    { ...edge, merging_merger_fraction: Number.NaN },
    { ...spiral, ...edge }, // two classes: the first
  ]);
  const subset = evaluationSubset(table);
  assert.deepEqual([...subset.indices], [0, 1, 2, 6, 8, 10]);
  assert.deepEqual(
    [...subset.labels].map((l) => subset.classes[l]),
    ["round", "spiral", "edge-on", "spiral", "edge-on", "spiral"],
  );
  assert.equal(evaluationSubset(table, { cut: 0.95 }).indices.length, 0);
  assert.ok([...evaluationSubset(table, { cut: 0.7 }).indices].includes(4));
});

test("missing columns are reported as one list", () => {
  const table = new VoteTable(1, new Map([["disk-edge-on_yes_fraction", Float64Array.of(1)]]));
  assert.throws(
    () => evaluationSubset(table),
    /misses 9 columns: merging_merger_fraction, smooth-or-featured_smooth_fraction, .*disk-edge-on_total-votes/,
  );
  assert.throws(() => trueMergers(table), /merging_total-votes/);
});

test("merger score and truth follow paper 7", () => {
  const table = votes([
    { merging_merger_fraction: 0.3, merging_both_fraction: 0.2, "merging_tidal-debris_fraction": 0.5 },
    { merging_merger_fraction: 1, "merging_total-votes": 9 },
    { merging_merger_fraction: 0.4 },
    { merging_merger_fraction: 0.41, "merging_total-votes": 10 },
    { merging_merger_fraction: Number.NaN },
  ]);
  assert.deepEqual([...mergerProbability(table)], [0.5, 1, 0.4, 0.41, Number.NaN]);
  assert.deepEqual([...mergerScore(table)], [2, 5, 2, 2, Number.NaN]);
  // Python: [round(5 * p) for p in (0, .1, .3, .5, .7, .9, 1)] with the halves exact
  const halves = votes([0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map((p) => ({ merging_merger_fraction: p })));
  assert.deepEqual([...mergerScore(halves)], [0, 0, 2, 2, 4, 4, 5]);
  assert.deepEqual([...trueMergers(table)], [1, 0, 0, 1, 0]);
});

test("the decision tree hangs together", () => {
  const names = decisionTree.map((q) => q.name);
  assert.equal(new Set(names).size, 10);
  for (const q of decisionTree)
    for (const a of q.answers) assert.ok(a.next === null || names.includes(a.next));
  // Every question is reached, and no walk returns to a question.
  const reach = (name: string, seen: string[]): string[] => {
    assert.ok(!seen.includes(name), `${name} comes twice`);
    return [
      name,
      ...treeQuestion(name).answers.flatMap((a) => (a.next ? reach(a.next, [...seen, name]) : [])),
    ];
  };
  assert.deepEqual(new Set(reach("smooth-or-featured", [])), new Set(names));
  // 10 totals, and count and fraction of 32 answers.
  assert.equal(volunteerColumns().length, 10 + 2 * decisionTree.reduce((n, q) => n + q.answers.length, 0));
  assert.throws(() => treeQuestion("odd"), /no question "odd"/);
});

test("a table is a danfojs DataFrame where somebody asks for one", () => {
  const table = new VoteTable(3, new Map([["smooth", Float64Array.of(0.1, 0.9, Number.NaN)]]));
  const frame = table.frame();
  assert.deepEqual(frame.shape, [3, 1]);
  assert.deepEqual(frame.columns, ["smooth"]);
  assert.equal(frame.query(frame.column("smooth").gt(0.5)).shape[0], 1);
});
