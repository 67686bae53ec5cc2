import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadFeatures, saveFeatures } from "../../lib/nn/features-file.js";
import { scratch } from "../scratch.js";

const folder = scratch();
const ids = ["J1", "J2 é", "J3"];
const features = {
  data: Float32Array.from({ length: 36 }, (_, i) => Math.sin(i) * 10),
  shape: [3, 12] as [number, number],
};
const provenance = { dataset: "three", imageSize: 150, weights: { source: "random" } };

for (const extension of ["parquet", "npy"])
  test(`${extension} keeps ids, f32 values and provenance exactly`, async () => {
    const path = join(folder, `three.${extension}`);
    await saveFeatures(path, { ids, features, provenance });
    assert.deepEqual(await loadFeatures(path), { ids, features, provenance });
  });

test("what cannot be right is refused", async () => {
  await assert.rejects(
    saveFeatures(join(folder, "x.csv"), { ids, features, provenance }),
    /\.parquet or \.npy/,
  );
  await assert.rejects(saveFeatures(join(folder, "x.npy"), { ids: ["a"], features, provenance }), /1 ids/);
  writeFileSync(join(folder, "three.npy"), "nothing");
  await assert.rejects(loadFeatures(join(folder, "three.npy")), /no \.npy file/);
});
