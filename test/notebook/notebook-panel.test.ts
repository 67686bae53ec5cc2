import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { label } from "../../lib/notebook/label.js";
import { scratch } from "../scratch.js";
import { fakeHost } from "./fake-host.js";
import { coloured } from "./label-images.js";

const folder = scratch();

test("a panel of a cell that is interrupted while it opens closes, whichever cell runs by then", async () => {
  const shown: string[] = [];
  const first = new AbortController();
  let running = first.signal;
  fakeHost({
    display: (data) => shown.push(String(data["text/plain"])),
    get signal() {
      return running;
    },
  });
  const opening = label({ images: coloured, file: join(folder, "a.jsonl"), by: "person" });
  first.abort(new Error("The cell was interrupted."));
  running = new AbortController().signal;
  const { url } = await opening;
  await assert.rejects(fetch(url!));
  assert.match(shown.at(-1)!, /^Labelling panel closed/);
});
