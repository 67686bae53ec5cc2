import assert from "node:assert/strict";
import { test } from "node:test";
import { majorityByChance } from "../../lib/discovery/majority-by-chance.js";

test("labels dealt to pairs by chance: the mean by hand, above the half that one cluster gives", () => {
  const labels = ["a", "a", "b", "b", null];
  // Pairs of two a and two b: alike with chance 1/3 (4 of 4 right), else 2 of 4: 2/3 on average.
  const found = majorityByChance(labels, [0, 0, 1, 1, 0], [], { draws: 4000, seed: 1 });
  assert.ok(Math.abs(found - 2 / 3) < 0.02, `${found}`);
  assert.equal(majorityByChance(labels, [0, 0, 0, 0, 0]), 0.5);
});

test("whoever lies in a cluster left out counts as wrong, and alone in a cluster everyone is right", () => {
  const labels = ["a", "a", "b", "b"];
  assert.equal(majorityByChance(labels, [0, 1, 2, 3]), 1);
  assert.equal(majorityByChance(labels, [0, 1, 2, 3], [3]), 0.75);
  assert.throws(() => majorityByChance(labels, [0, 1, 2, 3], [], { draws: 0 }), /draws is 0/);
});
