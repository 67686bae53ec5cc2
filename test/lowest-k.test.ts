import assert from "node:assert/strict";
import { test } from "node:test";
import { LowestK } from "../lib/lowest-k.js";
import { Random } from "../lib/random.js";

test("the k lowest are those of a full sort, with few distinct values and many", () => {
  const random = new Random(3);
  for (const distinct of [1, 3, 1000])
    for (const [n, k] of [
      [0, 3],
      [2, 5],
      [5, 5],
      [200, 1],
      [300, 17],
      [300, 299],
    ]) {
      const values = Array.from({ length: n }, () => random.integer(distinct) - 5);
      const heap = new LowestK(k);
      for (const name of random.permutation(n)) heap.push(values[name], name);
      const expected = values
        .map((value, name) => ({ value, name }))
        .sort((a, b) => a.value - b.value || a.name - b.name)
        .slice(0, k);
      assert.deepEqual(heap.sorted(), expected, `${n} values, ${k} kept`);
    }
});

test("NaN never enters, nothing is kept where k is 0, infinities are values", () => {
  const heap = new LowestK(2);
  for (const [name, value] of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].entries())
    heap.push(value, name);
  assert.deepEqual(
    heap.sorted().map((s) => s.name),
    [2, 1],
  );
  const none = new LowestK(0);
  none.push(1, 1);
  assert.deepEqual(none.sorted(), []);
  assert.throws(() => new LowestK(1.5), /k is 1.5/);
});
