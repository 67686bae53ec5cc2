import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { search } from "../../lib/command/search.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { saveFeatures } from "../../lib/nn/features-file.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";

test("scores by file name rank every image, by the logarithm where no improvement is a double", async () => {
  const folder = scratch();
  const at = (name: string) => join(folder, name);
  const random = new Random(2);
  const ids = Array.from({ length: 60 }, (_, i) => `galaxy ${i}`);
  const features = {
    data: Float32Array.from({ length: 60 * 4 }, () => random.normal()),
    shape: [60, 4] as [number, number],
  };
  await saveFeatures(at("f.parquet"), { ids, features, provenance: {} });
  writeFileSync(
    at("s.csv"),
    `id,score\n${ids
      .slice(0, 10)
      .map((id) => `${id}.jpg,0\n`)
      .join("")}`,
  );
  const args = [
    "none",
    "--features",
    at("f.parquet"),
    "--labels",
    at("s.csv"),
    "--out",
    at("r.csv"),
    "--n",
    "0",
  ];
  assert.equal(await search(args), 0);
  const { numeric, length } = await readTable(at("r.csv"));
  assert.equal(length, 60);
  assert.equal(numeric.get("score_given")!.filter((v) => v === 0).length, 10);
  // Ten equal scores: the Gaussian process is sure of all the rest, too.
  assert.ok(numeric.get("expected_improvement")!.every((v) => v === 0));
  const log = numeric.get("log_expected_improvement")!;
  assert.ok(log.every((v) => v < -700 && Number.isFinite(v)) && new Set(log).size > 40);
  writeFileSync(at("s.csv"), "id,score\ngalaxy 1,\n");
  await assert.rejects(search(args), /s\.csv has 0 scores: two are needed/);
});
