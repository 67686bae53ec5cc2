import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { saveImages } from "../../../lib/data/images/save-images.js";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { writeParquet } from "../../../lib/data/tables/write-parquet.js";
import { paths } from "../../../lib/files/paths.js";
import { Random } from "../../../lib/random.js";
import { scratch } from "../../scratch.js";
import { tinyDataset } from "../../study/tiny-study.js";

const folder = scratch();

const reproduce = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", "environment/commands/reproduce.ts", ...args], {
    encoding: "utf8",
  });

test("a parquet of 768 numbers and ids drives 05, 07, 08, the explorer and the tables, and nothing is trained", async () => {
  const images = join(folder, "images");
  const dataset = tinyDataset();
  await saveImages(dataset, [...dataset.ids.keys()], images);
  const features = join(folder, "dinov2.parquet");
  const random = new Random(4);
  const files = readdirSync(images).reverse();
  const column = (j: number) =>
    Float32Array.from(files, (_, i) => random.normal() + 3 * Number(i % 3 === j % 3));
  await writeParquet(features, [
    [
      { name: "image_path", type: "STRING", data: files.map((name) => `/cluster/run7/${name}`) },
      ...Array.from({ length: 768 }, (_, j) => ({
        name: `feat_${j}`,
        type: "FLOAT" as const,
        data: column(j),
      })),
    ],
  ]);
  const run = reproduce("--dataset", images, "--features", features, "--only", "05,07,08");
  assert.equal(run.status, 0, run.stdout + run.stderr);
  for (const name of ["05-clusters", "07-mergers", "08-rings"]) {
    const text = readFileSync(paths.out("notebooks", `${name}.ipynb`), "utf8");
    assert.match(text, /Features: 768 numbers an image from .*dinov2\.parquet .*60 of 60 images/, name);
    assert.doesNotMatch(text, /BYOL on/, name);
  }
  assert.match(readFileSync("out/explorer.html", "utf8").slice(0, 100_000), /features dinov2\.parquet/);
  const table = await readTable(paths.out("tables", "clusters.parquet"));
  assert.equal(table.length, 60);
  assert.ok(table.numeric.has("cluster") && table.numeric.has("umap_x"));
  assert.ok(existsSync(paths.out("tables", "rings.parquet")));
});

test("a file that is not there is a sentence, before anything runs", () => {
  const { status, stderr } = reproduce("--features", join(folder, "no.parquet"));
  assert.deepEqual([status, /--features: there is no file .*no\.parquet/.test(stderr)], [2, true]);
});
