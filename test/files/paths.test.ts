import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { shownPath } from "../../lib/files/paths.js";

test("a path within the working directory is shown from there, another whole; both lead to the same file", () => {
  const inside = resolve("out", "tables", "t.csv");
  assert.equal(shownPath(inside), join("out", "tables", "t.csv"));
  assert.equal(resolve(shownPath(inside)), inside);
  const beside = join(dirname(process.cwd()), "t.csv");
  assert.equal(shownPath(beside), beside);
  assert.equal(shownPath(process.cwd()), ".");
  assert.equal(shownPath(resolve("..t", "t.csv")), join("..t", "t.csv"));
});
