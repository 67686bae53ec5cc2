import assert from "node:assert/strict";
import { test } from "node:test";
import { surestRows } from "../../../lib/data/votes/surest-rows.js";
import { VoteTable } from "../../../lib/data/votes/vote-table.js";

const of = (...v: number[]) => Float64Array.from(v);

test("the surest of each kind: enough votes, by the share of all volunteers, none without columns", () => {
  const votes = new VoteTable(
    5,
    new Map([
      // Rows 1 and 2 are alike and row 2 was asked oftener; all twelve who reached row 3 saw arms, of forty.
      ["has-spiral-arms_yes_fraction", of(1, 0.9, 0.9, 1, Number.NaN)],
      ["has-spiral-arms_total-votes", of(3, 36, 38, 12, 30)],
      ["smooth-or-featured_smooth_fraction", of(0.2, 0.1, 0.95, 0.6, 0.9)],
      ["smooth-or-featured_total-votes", of(40, 40, 40, 40, 40)],
      ["merging_merger_fraction", of(1, 1, 1, 1, 1)],
      ["merging_total-votes", of(9, 9, 9, 9, 9)],
    ]),
  );
  assert.deepEqual(surestRows(votes), [
    { name: "spiral", rows: [2, 1] },
    { name: "smooth", rows: [2, 4] },
  ]);
});

test("a table without the first question goes by the question's own fraction", () => {
  const votes = new VoteTable(
    2,
    new Map([
      ["has-spiral-arms_yes_fraction", of(0.7, 1)],
      ["has-spiral-arms_total-votes", of(40, 12)],
    ]),
  );
  assert.deepEqual(surestRows(votes), [{ name: "spiral", rows: [1] }]);
});
