import assert from "node:assert/strict";
import { test } from "node:test";
import { surestExamples } from "../../../lib/data/votes/surest-examples.js";
import { VoteTable } from "../../../lib/data/votes/vote-table.js";

test("the surest of each kind: enough votes, highest fraction, most votes, none twice, none without columns", () => {
  const of = (...v: number[]) => Float64Array.from(v);
  const votes = new VoteTable(
    4,
    new Map([
      ["has-spiral-arms_yes_fraction", of(1, 0.9, 0.9, Number.NaN)],
      ["has-spiral-arms_total-votes", of(3, 12, 20, 30)],
      ["smooth-or-featured_smooth_fraction", of(0.2, 0.1, 0.95, 0.6)],
      ["smooth-or-featured_total-votes", of(40, 40, 40, 40)],
      ["merging_merger_fraction", of(1, 1, 1, 1)],
      ["merging_total-votes", of(9, 9, 9, 9)],
    ]),
  );
  assert.deepEqual(surestExamples(votes), [
    { name: "spiral", row: 2 },
    { name: "smooth", row: 3 },
  ]);
});
