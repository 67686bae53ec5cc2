import assert from "node:assert/strict";
import { test } from "node:test";
import { numberList } from "../../lib/command/number-list.js";

test("numbers with commas: an empty place is no zero", () => {
  assert.deepEqual(numberList("mean", "0.485, 0.456,-1e-2"), [0.485, 0.456, -0.01]);
  assert.equal(numberList("mean", undefined), undefined);
  for (const text of ["0.5,,0.4", ",1", "1,", "", "1;2"])
    assert.throws(
      () => numberList("mean", text),
      /^Error: --mean .*: numbers with commas belong there\.$/,
      text,
    );
});
