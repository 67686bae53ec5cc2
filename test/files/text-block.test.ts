import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { TextBlock } from "../../lib/files/text-block.js";
import { scratch } from "../scratch.js";

const folder = scratch();

test("text of any letters and any length goes to the file as UTF-8, over many blocks", async () => {
  const path = join(folder, "text.txt");
  const pieces = Array.from(
    { length: 60_000 },
    (_, i) => ["plain", "Pégase", "銀河", "", "\u{1f30c}", "a,b\n"][i % 6],
  );
  pieces.splice(100, 0, "銀".repeat(400_000), "x".repeat(3_000_000));
  await atomicWrite(path, async (file) => {
    const block = new TextBlock(file);
    for (const [i, piece] of pieces.entries()) {
      block.put(piece);
      // Asked only now and then: a block past its length has room all the same.
      if (i % 7 === 0 && block.isFull) await block.flush();
    }
    await block.flush();
  });
  assert.equal(await readFile(path, "utf8"), pieces.join(""));
});
