import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { StudyCache } from "../../lib/study/study-cache.js";
import { scratch } from "../scratch.js";

test("a damaged array is made again, and that is said; an absent one is made without a word", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  let made = 0;
  const compute = (): Matrix => {
    made++;
    return { data: Float32Array.of(1, 2), shape: [1, 2] };
  };
  await cache.matrix("features", "key", compute);
  await cache.matrix("features", "key", compute);
  assert.deepEqual([made, said], [1, []]);
  writeFileSync(`${cache.folderOf("features", "key")}.npy`, "half of it");
  assert.deepEqual((await cache.matrix("features", "key", compute)).shape, [1, 2]);
  assert.equal(made, 2);
  assert.match(said[0], /features-.*\.npy cannot be read \(.*\): it is made again\./);
});
