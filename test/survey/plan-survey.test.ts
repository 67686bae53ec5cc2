import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type TilePlace, tilesSample } from "../../lib/data/cutouts/survey-tile.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { digest } from "../../lib/digest.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { saveWeights } from "../../lib/nn/weights.js";
import { type PlanOptions, planSurvey } from "../../lib/survey/plan-survey.js";
import { runSurvey } from "../../lib/survey/run-survey.js";
import { planPath, sourcesPath } from "../../lib/survey/survey-plan.js";
import { scratch } from "../scratch.js";
import { tinyOptions, tinySurvey, tinyTiles } from "./tiny-survey.js";

const base = scratch();

test("a survey that moves with its tiles, catalogue and weights is the same, and is read where it lies now", async () => {
  const [here, there] = [join(base, "place"), join(base, "another", "place")];
  const planIn = async (at: string, change: Partial<PlanOptions> = {}) => {
    const survey = { images: join(at, "tiles"), catalogue: join(at, "catalogue.parquet") };
    const options = { ...tinyOptions, ...survey, weights: join(at, "net.safetensors"), shard: 20, ...change };
    return (await planSurvey(join(at, "survey"), options)).plan;
  };
  await tinyTiles(here, 20);
  await saveWeights(resnet18({ seed: 3 }), join(here, "net.safetensors"));
  const plan = await planIn(here);
  await runSurvey(join(here, "survey"));
  const table = (at: string) => readFileSync(join(at, "survey", "survey.parquet"));
  const rows = table(here);

  // As a clone with a copied cache: other paths, other times, the same content.
  cpSync(here, there, { recursive: true });
  rmSync(here, { recursive: true });
  const moved = await planIn(there);
  assert.deepEqual([moved.key, moved.images], [plan.key, join(there, "tiles")]);
  assert.equal(moved.weights.start, join(there, "net.safetensors"));
  assert.equal((await runSurvey(join(there, "survey"))).ran, 0);
  rmSync(join(there, "survey", "receipts"), { recursive: true });
  await runSurvey(join(there, "survey"));
  assert.deepEqual(table(there), rows, "made anew from there, the same bytes");

  const before = statSync(planPath(join(there, "survey"))).mtimeMs;
  await planIn(there);
  assert.equal(
    statSync(planPath(join(there, "survey"))).mtimeMs,
    before,
    "nothing moved, nothing is written",
  );
  await saveWeights(resnet18({ seed: 4 }), join(there, "other.safetensors"));
  await assert.rejects(
    planIn(there, { weights: join(there, "other.safetensors") }),
    /with weights .*net.*other/,
  );
  utimesSync(join(there, "tiles", "t0.fits"), 1, 1);
  await assert.rejects(planIn(there), /another survey, with other tiles or sources under the same names/);
});

test("a plan of before the key left out where things lie goes on", async () => {
  const at = join(base, "old");
  const folder = join(at, "survey");
  const survey = await tinyTiles(at, 8);
  await tinySurvey(folder, survey, 8);
  // The key as it was: of all that stands in the plan, the tiles' paths and times, their content and the sources.
  const { key: _key, seen, pixels, ...rest } = JSON.parse(readFileSync(planPath(folder), "utf8"));
  const tiles: TilePlace[] = JSON.parse(readFileSync(join(folder, "tiles.json"), "utf8"));
  const { text, numeric } = await readTable(sourcesPath(folder, 0));
  const numbers = ["ra", "dec", "tile", "x", "y", "side"].map((name) => numeric.get(name)!);
  const placed = text.get("id")!.map((id, i) => `${[id, ...numbers.map((of) => of[i])].join("\0")}\n`);
  const key = digest(`${JSON.stringify(rest)}\n${seen}\n${await tilesSample(tiles)}\n${digest(placed)}`);
  writeFileSync(planPath(folder), JSON.stringify({ ...rest, key, pixels }));
  assert.equal((await tinySurvey(folder, survey, 8)).key, key);
});
