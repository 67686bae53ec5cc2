import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { readFeatures } from "../../lib/nn/read-features.js";
import { StudyCache } from "../../lib/study/study-cache.js";
import { scratch } from "../scratch.js";

test("an array has its ids beside it, as a file of features has; a count that differs is refused", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const two = (): Matrix => ({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
  await cache.matrix("features", "key", two, async () => ["id", "b\nc.jpg"]);
  const { names, features } = await readFeatures(`${cache.folderOf("features", "key")}.npy`);
  assert.deepEqual(names?.text.get("id"), ["id", "b c.jpg"]);
  assert.deepEqual([...features.data], [1, 2, 3, 4]);
  await assert.rejects(
    cache.matrix("plane", "key", two, () => ["a"]),
    /The array plane has 2 rows for 1 images/,
  );
  assert.equal(await cache.storedMatrix("plane", "key"), null);
});

test("a damaged array is made again, and that is said; an absent one is made without a word", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  let made = 0;
  const compute = (): Matrix => {
    made++;
    return { data: Float32Array.of(1, 2), shape: [1, 2] };
  };
  const ids = () => ["a.jpg"];
  await cache.matrix("features", "key", compute, ids);
  await cache.matrix("features", "key", compute, ids);
  assert.deepEqual([made, said], [1, []]);
  writeFileSync(`${cache.folderOf("features", "key")}.npy`, "half of it");
  assert.deepEqual((await cache.matrix("features", "key", compute, ids)).shape, [1, 2]);
  assert.equal(made, 2);
  assert.match(said[0], /features-.*\.npy cannot be read \(.*\): it is made again\./);
});

test("a person's choice that cannot be read is refused, since nobody else can make it again", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  assert.equal(await cache.choice("cut", "key"), null);
  await cache.store("cut", "key", { kept: [1, 2] });
  assert.deepEqual(await cache.choice("cut", "key"), { kept: [1, 2] });
  writeFileSync(`${cache.folderOf("cut", "key")}.json`, '{"kept":[1');
  await assert.rejects(cache.choice("cut", "key"), /Your choice in .*cut-.* cannot be read .*choose again/);
});
