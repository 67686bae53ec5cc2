import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readNpy } from "../../lib/data/tables/npy.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { similar } from "../../lib/discovery/similar.js";
import type { Matrix } from "../../lib/matrix.js";
import { momentsOf } from "../../lib/models/covariance.js";
import { Pca } from "../../lib/models/pca.js";
import type { SurveySummary } from "../../lib/survey/merge-shards.js";
import { planSurvey } from "../../lib/survey/plan-survey.js";
import { failurePath, readReceipt, receiptPath } from "../../lib/survey/receipts.js";
import { runSurvey } from "../../lib/survey/run-survey.js";
import { runTask } from "../../lib/survey/run-task.js";
import { scoreSurvey } from "../../lib/survey/score-survey.js";
import { readKeptSources, shardPaths } from "../../lib/survey/shard-files.js";
import { similarInSurvey } from "../../lib/survey/similar-in-survey.js";
import { sourcesPath } from "../../lib/survey/survey-plan.js";
import { surveyStatus } from "../../lib/survey/survey-status.js";
import { scratch } from "../scratch.js";
import { tinyOptions, tinySurvey, tinyTiles } from "./tiny-survey.js";

const base = scratch();
const tiles = await tinyTiles(base);
const folder = join(base, "survey");
const missing = async () =>
  (await surveyStatus(folder)).flatMap((s) => s.missing.map((m) => `${s.stage} ${m.shard}`));

test("a plan puts every source on a tile, in the order in which tiles are read, and is made once", async () => {
  const plan = await tinySurvey(folder, tiles);
  assert.equal(plan.sources + plan.outside, 60);
  assert.ok(plan.outside > 0 && plan.shards.length === 3);
  assert.equal(readFileSync(join(folder, "outside.txt"), "utf8").trim().split("\n").length, plan.outside);
  const order: [number, number][] = [];
  for (const k of plan.shards.keys()) {
    const { numeric } = await readTable(sourcesPath(folder, k));
    numeric.get("tile")!.forEach((tile, i) => {
      order.push([tile, numeric.get("y")![i]]);
    });
  }
  assert.equal(order.length, plan.sources);
  for (let i = 1; i < order.length; i++)
    assert.ok(
      order[i][0] > order[i - 1][0] || (order[i][0] === order[i - 1][0] && order[i][1] >= order[i - 1][1]),
    );
  const before = statSync(join(folder, "plan.json")).mtimeMs;
  assert.equal((await tinySurvey(folder, tiles)).key, plan.key);
  assert.equal(statSync(join(folder, "plan.json")).mtimeMs, before);
  await assert.rejects(
    planSurvey(folder, { ...tiles, ...tinyOptions, size: 30 }),
    /another survey, with cutout 24 \(here 30\), shards .*; plan/,
  );
  await assert.rejects(runTask(folder, "features", 3), /shards 0 to 2; there is no 3/);
  await assert.rejects(runTask(folder, "pca", null), /needs features, which is not done for shard 0, 1, 2/);
});

test("run on this machine: features of the cutouts, components of all, one table; again, nothing is missing", async () => {
  const { ran } = await runSurvey(folder, { jobs: 2 });
  assert.equal(ran, 3 + 1 + 3 + 1 + 3 + 1);
  assert.deepEqual(await missing(), []);
  assert.equal((await runSurvey(folder, { jobs: 2 })).ran, 0);
  const table = await readTable(join(folder, "survey.parquet"));
  const sources = (await Promise.all([0, 1, 2].map((k) => readKeptSources(folder, k)))).flat();
  assert.deepEqual(
    table.text.get("id"),
    sources.map((s) => s.id),
  );
  assert.deepEqual(
    [...table.numeric.get("ra")!],
    sources.map((s) => s.ra),
  );
  const { clusters, best } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as SurveySummary;
  assert.equal(
    clusters.reduce((a, b) => a + b, 0),
    sources.length,
  );
  assert.deepEqual(best, [], "nobody gave a score");
  // The components are those of a PCA of all features at once, but for the rounding of 32-bit floats.
  const parts = await Promise.all([0, 1, 2].map((k) => readNpy(join(folder, shardPaths(k).features))));
  const all: Matrix = {
    data: Float32Array.from(parts.flatMap((p) => [...p.data])),
    shape: [sources.length, 512],
  };
  const pca = Pca.fromMoments(momentsOf(all), { variance: 0.9 });
  const expected = pca.transform(all);
  assert.ok(table.numeric.has(`pc${pca.nComponents}`) && !table.numeric.has(`pc${pca.nComponents + 1}`));
  const largest = Array.from(expected.data).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  for (let i = 0; i < sources.length; i++)
    assert.ok(Math.abs(table.numeric.get("pc1")![i] - expected.data[i * pca.nComponents]) < 1e-6 * largest);
  const receipt = (await readReceipt(folder, "features", 1))!;
  assert.deepEqual(Object.keys(receipt.outputs).sort(), [
    "features/part-00001.json",
    "features/part-00001.npy",
    "moments/part-00001.f64",
  ]);
  assert.ok(receipt.seconds > 0 && receipt.memory > 50 && receipt.precision === "f32" && receipt.host);
});

test("what was cut short, lost or changed behind its receipt is found, and only that is made again", async () => {
  const before = readFileSync(join(folder, "survey.parquet"));
  truncateSync(join(folder, shardPaths(2).table), 1000);
  rmSync(receiptPath(folder, "components", 1));
  const status = await surveyStatus(folder);
  const of = (stage: string) => status.find((s) => s.stage === stage)!;
  assert.match(of("components").missing[0].why, /not done yet/);
  assert.equal(of("features").missing.length, 0);
  await runTask(folder, "components", 1);
  assert.deepEqual(await missing(), ["table 2", "merge null"]);
  assert.match(
    (await surveyStatus(folder)).find((s) => s.stage === "table")!.missing[0].why,
    /has 1000 bytes, not \d+/,
  );
  assert.equal((await runSurvey(folder)).ran, 1, "the merged table is what it was, so it is not made again");
  assert.ok(readFileSync(join(folder, "survey.parquet")).equals(before));
  // A changed byte keeps the size: reading everything finds it.
  const path = join(folder, shardPaths(0).components);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
  assert.deepEqual(await missing(), []);
  const verified = (await surveyStatus(folder, { verify: true })).find((s) => s.stage === "components")!;
  assert.match(verified.missing[0].why, /components\/part-00000\.npy has changed/);
  rmSync(receiptPath(folder, "components", 0));
  assert.equal(await runTask(folder, "components", 0), "done");
  assert.equal(await runTask(folder, "components", 0), "there");
  assert.deepEqual(await missing(), []);
});

test("similar sources are those of an exact search over all rows", async () => {
  const parts = await Promise.all([0, 1, 2].map((k) => readNpy(join(folder, shardPaths(k).components))));
  const ids = (await Promise.all([0, 1, 2].map((k) => readKeptSources(folder, k)))).flat().map((s) => s.id);
  const all: Matrix = {
    data: Float32Array.from(parts.flatMap((p) => [...p.data])),
    shape: [ids.length, parts[0].shape[1]],
  };
  for (const id of [ids[0], ids[25], ids.at(-1)!]) {
    const found = await similarInSurvey(folder, id, 5);
    const expected = similar(all, id, { k: 5, ids });
    assert.deepEqual(
      found.map((s) => s.id),
      expected.map((e) => ids[e.index]),
    );
    found.forEach((s, i) => {
      assert.ok(Math.abs(s.distance - expected[i].distance) < 1e-9);
    });
  }
  await assert.rejects(similarInSurvey(folder, "nobody", 5), /no source "nobody"/);
});

test("labels give every source a score, and bring the tables up to date and nothing else", async () => {
  const ids = (await readKeptSources(folder, 1)).map((s) => s.id);
  await assert.rejects(
    scoreSurvey(
      folder,
      new Map([
        [ids[0], 9],
        [ids[1], 0],
      ]),
    ),
    /score 9; scores go from 0 to 5/,
  );
  const labels = new Map(ids.slice(0, 12).map((id, i) => [id, i % 6]));
  assert.equal((await scoreSurvey(folder, labels)).labelled, 12);
  assert.deepEqual(await missing(), ["table 0", "table 1", "table 2", "merge null"]);
  assert.equal((await runSurvey(folder, { jobs: 2 })).ran, 4);
  const table = await readTable(join(folder, "survey.parquet"));
  const scores = [...table.numeric.get("score")!];
  assert.ok(scores.every(Number.isFinite));
  const { best } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as SurveySummary;
  assert.deepEqual(
    best.map((b) => b.score),
    [...scores].sort((a, b) => b - a),
  );
  assert.equal(best[0].id, table.text.get("id")![scores.indexOf(Math.max(...scores))]);
});

test("a tile that changed since is named, tried three times, and noted; nothing is left out for it", async () => {
  const other = join(base, "changed");
  const plan = await tinySurvey(other, await tinyTiles(join(base, "moved"), 8), 8);
  assert.equal(plan.shards.length, 1);
  writeFileSync(join(base, "moved", "tiles", "t1.fits"), "");
  await assert.rejects(
    runSurvey(other),
    /features 0 failed 3 times \(ended with code 1; The tile .*t1\.fits cannot be used: it has 0 bytes now/,
  );
  const status = (await surveyStatus(other))[0];
  assert.match(status.failed[0].message, /the survey changed; plan it again/);
  assert.ok(existsSync(failurePath(other, "features", 0)));
});

test("astropy and pandas read the merged table, where they are installed", (t) => {
  const python = process.env.LATENT_SKY_PYTHON ?? "/usr/bin/python3";
  const path = join(folder, "survey.parquet");
  const script = `
import json, sys
import pandas, pyarrow
from astropy.table import Table
p = pandas.read_parquet(${JSON.stringify(path)})
a = Table.read(${JSON.stringify(path)}, format="parquet")
parts = pandas.read_parquet(${JSON.stringify(join(folder, "table"))})
assert len(p) == len(a) == len(parts) and list(p.id) == list(parts.id) == [str(i) for i in a["id"]]
print(json.dumps({"ids": list(p.id), "score": [float(s) for s in a["score"]], "types": {c: str(p[c].dtype) for c in ("ra", "cluster", "score")}}))`;
  try {
    execFileSync(python, ["-c", "import pandas, pyarrow, astropy"], { stdio: "ignore" });
  } catch {
    return t.skip("no Python with pandas, pyarrow and astropy here; LATENT_SKY_PYTHON names another");
  }
  const read = JSON.parse(String(execFileSync(python, ["-c", script])));
  assert.deepEqual(read.types, { ra: "float64", cluster: "int32", score: "float32" });
  const { best } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as SurveySummary;
  assert.equal(read.score[read.ids.indexOf(best[0].id)], best[0].score);
});
