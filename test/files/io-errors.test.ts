import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { scratch } from "../scratch.js";
import { writers } from "./all-writers.js";
import { endsOf, failingAt } from "./failing-at.js";

for (const [name, { write, read, slow }] of Object.entries(writers))
  test(`an I/O error at each step of writing ${name} leaves the old or the new, and a sentence`, async (t) => {
    const seen = new Set<string>();
    // A slow writer meets the error at the first and the last step of each kind only.
    const { steps } = slow ? await failingAt(-1, () => write(join(scratch(t), "d"), 1)) : { steps: null };
    for (const n of steps ? endsOf(steps) : Array(400).keys()) {
      const folder = join(scratch(t), "d");
      await write(folder, 1);
      const { failed, error } = await failingAt(n, () => write(folder, 2));
      if (!failed) break;
      seen.add(failed);
      const where = `${failed}, call ${n}`;
      const there = await read(folder);
      if (error) {
        const { message } = error as Error;
        assert.match(message, /EIO.*again\b.*\.$|could not be downloaded.*\.$/s, where);
        assert.doesNotMatch(message, /^EIO/, where);
        // A stack's old index goes before its new pixels come: for that moment there is none.
        assert.ok(there === 1 || there === 2 || (there === 0 && name === "a stack"), where);
      } else assert.equal(there, 2, where);
      const left = readdirSync(folder, { recursive: true }).map(String);
      assert.deepEqual(
        left.filter((f) => f.endsWith(".tmp") || f.endsWith(".lock")),
        [],
        where,
      );
      await write(folder, 2);
      assert.equal(await read(folder), 2, where);
    }
    assert.ok(seen.has("open"), "no open was made to fail");
    assert.ok(seen.has("write") || seen.has("writeFile") || seen.has("appendFile"), "no write was");
  });

test("a label whose write or sync fails is not acknowledged, and those before it stay", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const file = await LabelFile.open(path);
  await file.append({ id: "a", score: 1 });
  const seen = new Set<string>();
  for (let n = 0; ; n++) {
    const { failed, error } = await failingAt(n, () => file.append({ id: `b${n}`, score: 2 }));
    if (!failed) break;
    seen.add(failed);
    if (error) assert.match((error as Error).message, /EIO.*run again|EIO.*again/, `${failed}, call ${n}`);
    const there = await readLabels(path);
    assert.equal(there.get("a"), 1);
    assert.equal(there.has(`b${n}`), !error, `${failed}, call ${n}`);
  }
  await file.close();
  assert.ok(seen.has("writeFile") && seen.has("sync"));
});
