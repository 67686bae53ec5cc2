import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { Dataset } from "../../lib/data/dataset.js";
import { Catalogue } from "../../lib/data/tables/catalogue.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { saveFeatures } from "../../lib/nn/features-file.js";
import { type GivenFeatures, readFeatures } from "../../lib/nn/read-features.js";
import { Random } from "../../lib/random.js";
import { featuresOf } from "../../lib/study/feature-source.js";
import { openStudy } from "../../lib/study/open-study.js";
import { Study } from "../../lib/study/study.js";
import { withFeaturesTable } from "../../lib/study/with-features-table.js";
import { scratch } from "../scratch.js";
import { tinyDataset } from "./tiny-study.js";

const folder = scratch();
const D = 24;

/** Features of these ids in which each of three kinds has a place of its own. */
function features(ids: readonly string[], seed = 1) {
  const random = new Random(seed);
  const value = (_: unknown, k: number) => random.normal() + 6 * Number((Math.floor(k / D) + k) % 3 === 0);
  const data = Float32Array.from({ length: ids.length * D }, value);
  return { data, shape: [ids.length, D] as [number, number] };
}

function given(ids: readonly string[] | null, n = ids?.length ?? 0): GivenFeatures {
  const names = ids && {
    path: "f.parquet",
    length: n,
    names: ["file"],
    numeric: new Map(),
    text: new Map([["file", ids]]),
  };
  const made = features(ids ?? Array.from({ length: n }, String));
  return { path: "f.parquet", features: made, names, columns: "list column", digest: `digest of ${n}` };
}

function study(of: GivenFeatures, dataset: Dataset = tinyDataset()): Study {
  const source = featuresOf(of, dataset);
  const start = { name: source.name, note: source.note, available: true, weights: async () => "random" };
  return new Study({ profile: "quick", dataset: "tiny", seed: 1 }, dataset, async () => [start], source);
}

const { ids } = tinyDataset();

test("rows go to the images they name, and both sides' leftovers are counted and named", async () => {
  const rows = [...ids]
    .reverse()
    .slice(0, 58)
    .map((id) => `/elsewhere/${id}.jpg`);
  const made = given([...rows, "stranger"]);
  const one = study(made);
  const { stack } = await one.images();
  assert.deepEqual(stack.ids, ids.slice(2));
  const found = await (await one.representation()).features();
  assert.deepEqual([...found.data.slice(0, D)], [...made.features.data.slice(57 * D, 58 * D)]);
  const words = await one.describeStart();
  assert.match(words, /24 numbers an image from f\.parquet .* joined on "file": 58 of 60 images, 59 rows/);
  assert.match(words, /2 images have no row .*\(blob 0, blob 1\); 1 rows .* have no image \(stranger\)/);
  const left = await one.leftOut();
  assert.deepEqual(
    left.map(({ what, count, names }) => [what, count, names]),
    [
      ["skipped", 2, "blob 0, blob 1"],
      ["skipped", 1, "stranger"],
    ],
  );
  await one.close();
});

test("clusters, plane and catalogue run on them; training steps aside and leaves nothing in the ledger", async () => {
  const one = study(given(ids));
  const net = await one.representation();
  const { clusters } = await net.clusters();
  const columns = await one.catalogue();
  assert.deepEqual(
    columns.map((c) => c.name).filter((name) => /^(id|cluster|umap_x|pc1)$/.test(name)),
    ["id", "cluster", "umap_x", "pc1"],
  );
  assert.equal(clusters.length, 60);
  const [epoch, ...more] = await net.train();
  assert.deepEqual([epoch.epoch, epoch.loss, more.length], [0, null, 0]);
  assert.ok(epoch.knn && epoch.knn.mean >= 0, "its accuracy is measured all the same");
  assert.match(one.untrained!, /Nothing is trained here: the features are f\.parquet's/);
  assert.match(await one.caption(), /tiny, 60 images, features f\.parquet, profile quick/);
  assert.equal(net.encodes, false);
  await assert.rejects(net.encode((await one.images()).stack), /Nothing is trained here/);
  assert.deepEqual(await one.record("05", { clusters: 3 }), []);
  await one.close();
});

test("a stage's key has the digest of the file: other features are another entry", async () => {
  const keys = async (digest: string) => {
    const one = study({ ...given(ids), digest });
    const found = await (await one.representation()).keys();
    await one.close();
    return found;
  };
  const [a, b] = [await keys("a"), await keys("b")];
  assert.equal(a.images, b.images);
  for (const stage of ["features", "reduced", "plane", "clusters"] as const)
    assert.notEqual(a[stage], b[stage]);
});

test("without names the rows are the images in their order, where the counts agree", async () => {
  const one = study(given(null, 60));
  assert.match(
    await one.describeStart(),
    /rows taken in the order of the images, "blob 0" first, "blob 59" last/,
  );
  await one.close();
  assert.throws(() => study(given(null, 61)), /61 rows and nothing that names them, and tiny has 60 images/);
});

test("a name that comes twice, or none that is an image's, is refused", () => {
  assert.throws(() => study(given(["blob 1", "blob 2", "blob 1"])), /more than one row for blob 1/);
  assert.throws(() => study(given(["x", "y"])), /no column .* matches the image ids \(such as "blob 0"\)/);
});

test("images of one name in two folders are told by their path", () => {
  const two = tinyDataset({ ids: ids.map((_, i) => `field${i % 2}/${Math.floor(i / 2)}`) });
  const rows = two.ids.map((id) => `/data/${id}.png`);
  const { rows: present } = featuresOf(given(rows), two);
  assert.equal(present, null, "each image has its own row");
});

/** `given` with a column of classes, one of remarks, one of numbers and the ids as the last. */
async function withWords(name: string, of: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const { data } = features(of);
  const numbers = Array.from({ length: D }, (_, j) => `f${String(j).padStart(2, "0")}`);
  const lines = of.map((id, i) =>
    [...data.subarray(i * D, (i + 1) * D), ["ring", "merger"][i % 2], i % 3 ? "" : "bright", i / 2, id].join(
      ",",
    ),
  );
  writeFileSync(
    path,
    `${[...numbers, "class", "remark", "mag", "picture"].join(",")}\n${lines.join("\n")}\n`,
  );
  return path;
}

test("classes, words and numbers beside the features go to the images, whose own stay", async () => {
  const own = tinyDataset();
  const file = await readFeatures(await withWords("words.csv", [...ids].reverse()));
  const bare: Dataset = { ...own, labels: null, catalogue: null };
  const joined = withFeaturesTable(bare, file, featuresOf(file, bare).joined);
  assert.deepEqual(joined.labels!.slice(-3), ["ring", "merger", "ring"]);
  assert.deepEqual(joined.catalogue!.text.get("remark")!.slice(-4), ["bright", null, null, "bright"]);
  assert.deepEqual([...joined.catalogue!.column("mag").slice(-3)], [1, 0.5, 0]);
  const labelled: Dataset = {
    ...bare,
    labels: ids.map(() => "spiral"),
    catalogue: new Catalogue(60, new Map([["mag", new Float64Array(60)]])),
  };
  const kept = withFeaturesTable(labelled, file, featuresOf(file, labelled).joined);
  assert.equal(kept.labels![0], "spiral");
  assert.deepEqual([...kept.catalogue!.column("mag").slice(-2)], [0, 0]);
  assert.deepEqual(
    kept.skipped!.slice(-2).map(({ reason }) => reason),
    [
      "its column of classes was left out: the images have labels",
      "columns that the images' own table has were left out (mag)",
    ],
  );
});

test("a study of a folder and a features file has the file's classes", async () => {
  const images = join(folder, "images");
  mkdirSync(images);
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#808080" } })
    .png()
    .toBuffer();
  for (const id of ids.slice(0, 3)) writeFileSync(join(images, `${id}.png`), png);
  const one = await openStudy({ dataset: images, features: await withWords("folder.csv", ids.slice(0, 3)) });
  assert.deepEqual([one.dataset.labels, one.dataset.ids], [["ring", "merger", "ring"], ids.slice(0, 3)]);
  await one.close();
});

test("without images a column of classes names no row, wherever it stands", async () => {
  const one = await openStudy({ dataset: "none", features: await withWords("alone.csv", ids) });
  assert.deepEqual(one.dataset.ids, ids);
  assert.equal(one.dataset.labels![1], "merger");
  assert.match(await one.describeStart(), /joined on "picture"/);
  await one.close();
});

test("features without images: ids and other columns from the file, grey squares for pictures", async () => {
  const path = join(folder, "alone.parquet");
  await saveFeatures(path, { ids, features: features(ids), provenance: {} });
  const one = await openStudy({ dataset: "none", features: path });
  const { stack } = await one.images();
  assert.deepEqual([stack.ids, (await stack.read([3]))[0]], [ids, 200]);
  assert.match(one.describe(), /^60 rows, features alone\.parquet/);
  const saved = await one.saveCatalogue("alone.csv");
  assert.deepEqual((await readTable(saved)).text.get("id"), ids);
  await one.close();
  await assert.rejects(openStudy({ dataset: "none" }), /features without images: name their file/);
  assert.deepEqual((await readFeatures(path)).features.shape, [60, D]);
});

test("features without images: a column of classes becomes the labels, words travel to the table of results", async () => {
  const path = join(folder, "told.csv");
  const made = features(ids);
  const rows = ids.map((id, i) => {
    const numbers = [...made.data.subarray(i * D, (i + 1) * D)];
    return [id, i % 2 ? "spiral" : "round", i ? `seen ${i}` : "", i / 10, ...numbers].join(",");
  });
  const header = ["id", "class", "remark", "mag", ...Array.from({ length: D }, (_, k) => `f${k}`)].join(",");
  writeFileSync(path, `${header}\n${rows.join("\n")}\n`);
  const one = await openStudy({ dataset: "none", features: path });
  const { labels } = await one.images();
  assert.deepEqual(labels!.slice(0, 2), ["round", "spiral"]);
  const { text, numeric } = await readTable(await one.saveCatalogue("told.csv"));
  assert.deepEqual(text.get("label")!.slice(0, 2), ["round", "spiral"]);
  assert.deepEqual(text.get("remark")!.slice(0, 2), ["", "seen 1"]);
  assert.equal(numeric.get("mag")![7], 0.7);
  await one.close();
});
