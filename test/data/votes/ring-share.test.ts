import assert from "node:assert/strict";
import { test } from "node:test";
import { Catalogue } from "../../../lib/data/tables/catalogue.js";
import { ringShare } from "../../../lib/data/votes/ring-share.js";

test("rings by the votes of Galaxy Zoo 2, else by EFIGI's attributes, else unknown", () => {
  const none = Number.NaN;
  const columns = new Map([
    ["t06_odd_a14_yes_weighted_fraction", Float64Array.of(0.8, 0.5, none, none)],
    ["t08_odd_feature_a19_ring_weighted_fraction", Float64Array.of(0.5, 0, none, none)],
    ["Inner_Ring", Float64Array.of(none, none, 0.25, none)],
    ["Outer_Ring", Float64Array.of(none, none, 0.75, none)],
  ]);
  assert.deepEqual(ringShare(new Catalogue(4, columns)), Float64Array.of(0.4, 0, 0.75, none));
  assert.equal(ringShare(new Catalogue(4, new Map([["ra", new Float64Array(4)]]))), null);
  assert.equal(ringShare(null), null);
});
