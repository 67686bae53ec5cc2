import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { scratch } from "../scratch.js";

test("labels append, undo restores what was there before, a torn line costs nothing", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "deep", "labels.jsonl");
  const file = await LabelFile.open(path);
  await Promise.all([1, 2, 3].map((score) => file.append({ id: "a", score })));
  await file.append({ id: "b", score: null });
  await file.append({ id: "a", undo: true });
  assert.equal(file.get("a"), 2);
  assert.equal(file.get("b"), null);
  assert.equal(file.get("c"), undefined);
  await file.append({ id: "b", undo: true });
  await file.close();
  const text = await readFile(path, "utf8");
  assert.equal(text.trim().split("\n").length, 6);
  await writeFile(path, `${text}{"id":"d","sc`);
  const again = await LabelFile.open(path);
  await again.append({ id: "e", score: 0 });
  await again.close();
  assert.deepEqual(
    [...(await readLabels(path))],
    [
      ["a", 2],
      ["e", 0],
    ],
  );
  assert.deepEqual([...(await readLabels(join(folder, "none"))).keys()], []);
});
