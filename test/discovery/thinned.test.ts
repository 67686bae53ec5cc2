import assert from "node:assert/strict";
import { test } from "node:test";
import { thinned } from "../../lib/discovery/thinned.js";

test("all false ones stay, and the true ones are the share that was asked for", () => {
  const truth = Array.from({ length: 1000 }, (_, i) => Number(i % 3 === 0));
  const rows = thinned(truth, 0.07, 1);
  const sought = rows.filter((i) => truth[i]);
  assert.equal(rows.length - sought.length, 666);
  assert.ok(Math.abs(sought.length / rows.length - 0.07) < 0.001);
  assert.deepEqual(rows, Uint32Array.from(new Set(rows)).sort());
  assert.deepEqual(thinned(truth, 0.07, 1), rows);
  assert.notDeepEqual(thinned(truth, 0.07, 2), rows);
});

test("a share that cannot be had is refused", () => {
  assert.throws(() => thinned([1, 0, 0, 0], 0.9, 1), /needs 27 true ones; there are 1/);
  assert.throws(() => thinned([1, 0], 0, 1), /between 0 and 1/);
});
