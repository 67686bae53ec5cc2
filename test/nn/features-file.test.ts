import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadFeatures, saveFeatures } from "../../lib/nn/features-file.js";
import { readFeatures } from "../../lib/nn/read-features.js";
import { noSmallDisk, SmallDisk } from "../files/small-disk.js";
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

test("an array and the ids of another are told, not read; a pair without a digest is", async () => {
  const [path, json] = [join(folder, "pair.npy"), join(folder, "pair.json")];
  const other = { data: features.data.map((x) => -x), shape: features.shape };
  await saveFeatures(path, { ids: ["a", "b", "c"], features: other, provenance });
  const old = readFileSync(json, "utf8");
  await saveFeatures(path, { ids, features, provenance });
  writeFileSync(json, old); // as a process killed between the two leaves them
  for (const read of [loadFeatures, readFeatures])
    await assert.rejects(
      read(path),
      /pair\.npy is not the array that .*pair\.json was written with: save both/,
    );
  writeFileSync(json, JSON.stringify({ ...JSON.parse(old), digest: undefined }));
  assert.deepEqual((await loadFeatures(path)).ids, ["a", "b", "c"]);
  assert.equal((await readFeatures(path)).names?.length, 3);
});

test("features that a full disk refuses leave the old array with its ids", {
  skip: noSmallDisk(),
}, async (t) => {
  const disk = new SmallDisk(64);
  t.after(() => disk.remove());
  const path = disk.path("x.npy");
  const big = (value: number) => ({
    data: new Float32Array(9_000).fill(value),
    shape: [3, 3000] as [number, number],
  });
  await saveFeatures(path, { ids, features: big(1), provenance });
  await assert.rejects(
    saveFeatures(path, { ids: ["a", "b", "c"], features: big(2), provenance }),
    /disk is full/,
  );
  assert.deepEqual(await loadFeatures(path), { ids, features: big(1), provenance });
});

test("damaged features are one error with the file's name, and nothing rejects behind its back", async () => {
  const path = join(folder, "damaged.parquet");
  await saveFeatures(path, { ids, features, provenance });
  const whole = readFileSync(path);
  const stray: unknown[] = [];
  const listen = (error: unknown) => stray.push(error);
  process.on("unhandledRejection", listen);
  try {
    // Two columns at once; the footer; the end; values that are no numbers.
    const damages: [string, (b: Buffer) => Buffer][] = [
      ["pages", (b) => Buffer.from(b).fill(0xff, 60, 400)],
      ["footer", (b) => Buffer.from(b).fill(0, b.length - 200, b.length - 100)],
      ["cut", (b) => b.subarray(0, b.length / 2)],
      ["empty", () => Buffer.alloc(0)],
    ];
    for (const [what, damage] of damages) {
      writeFileSync(path, damage(whole));
      await assert.rejects(loadFeatures(path), (e: Error) => e.message.startsWith(path), what);
    }
    const data = Float32Array.from(features.data);
    data[5] = Number.NaN;
    await saveFeatures(path, { ids, features: { data, shape: [3, 12] }, provenance });
    await assert.rejects(loadFeatures(path), /has NaN in column f005 of row 0/);
    await new Promise((go) => setTimeout(go, 50));
    assert.deepEqual(stray, []);
  } finally {
    process.off("unhandledRejection", listen);
  }
});
