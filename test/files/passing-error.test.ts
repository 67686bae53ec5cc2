import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Dataset } from "../../lib/data/dataset.js";
import { stackImages } from "../../lib/data/images/stack-images.js";
import { throwIfPassing } from "../../lib/files/passing-error.js";
import { preprocess } from "../../lib/preprocess/preprocess.js";
import { mockDataset } from "../preprocess/mock-dataset.js";
import { scratch } from "../scratch.js";

/** A dataset whose disk fails for image 5 until `repair()`. */
function unwell(): Dataset & { repair(): void } {
  const all = mockDataset(12);
  let ill = true;
  return {
    ...all,
    repair: () => {
      ill = false;
    },
    async image(i) {
      if (!ill || i !== 5) return all.image(i);
      const cause = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
      throw new Error("g5 cannot be read: EMFILE.", { cause });
    },
  };
}

test("an image that the disk keeps back is asked for again, in both ways to make a stack", async (t) => {
  const folder = scratch(t);
  const ways = {
    preprocess: async (data: Dataset) => (await preprocess(data, { size: 32 })).stack,
    stackImages: (data: Dataset) => stackImages(data, { size: 32, path: join(folder, "stack") }),
  };
  for (const [name, way] of Object.entries(ways)) {
    const data = unwell();
    await assert.rejects(way(data), /EMFILE.*not left out.*run this again/, name);
    data.repair();
    const stack = await way(data);
    assert.deepEqual(
      stack.skipped.map((s) => s.name),
      ["g3"],
      `${name}: only what does not decode is left out`,
    );
    await stack.close();
  }
});

test("what is wrong with a file itself passes", () => {
  throwIfPassing(new Error("it is no JPEG"));
  throwIfPassing(Object.assign(new Error("incorrect data check"), { code: "Z_DATA_ERROR" }));
  throwIfPassing(Object.assign(new Error("gone"), { code: "ENOENT" }));
  assert.throws(() => throwIfPassing(Object.assign(new Error("input/output error"), { code: "EIO" })), /EIO/);
});
