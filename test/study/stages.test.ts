import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as lib from "../../lib/index.js";
import type { StageKeys } from "../../lib/study/stages.js";
import { scratch } from "../scratch.js";
import { tinyDataset, tinyStudy } from "./tiny-study.js";

type Stage = keyof StageKeys;
const line: Stage[] = ["images", "train", "encoder", "features", "reduced"];
/** A stage and those made from it. */
const from = (stage: Stage): Stage[] =>
  line.includes(stage) ? [...line.slice(line.indexOf(stage)), "plane", "clusters"] : [stage];

async function keysOf(given: Parameters<typeof tinyStudy>[0] = {}): Promise<StageKeys> {
  const study = tinyStudy({ profile: "paper", ...given });
  const keys = await (await study.representation("random")).keys();
  await study.close();
  return keys;
}

const differing = (a: StageKeys, b: StageKeys) => (Object.keys(a) as Stage[]).filter((s) => a[s] !== b[s]);

/** Every option of every stage: where it lies, and another value of it. */
const options: [stage: Stage, holder: object, key: string | number, other: unknown][] = [
  ["images", lib.cropDefaults, "size", 224],
  ["images", lib.sourceBoxDefaults, "sigma", 3],
  ["images", lib.sourceBoxDefaults, "maxIters", 3],
  ["images", lib.sourceBoxDefaults, "threshold", "astronomaly"],
  ["images", lib.sourceBoxDefaults, "channel", "luminance"],
  ["images", lib.sourceBoxDefaults, "enlarge", 1.5],
  ["images", lib.sourceBoxDefaults, "missing", "zero"],
  ["train", lib.byolDefaults, "batchSize", 64],
  ["train", lib.byolDefaults, "learningRate", 3e-4],
  ["train", lib.byolDefaults, "tau", 0.9],
  ["train", lib.byolDefaults, "hiddenSize", 512],
  ["train", lib.byolDefaults, "projectionSize", 100],
  ...Object.keys(lib.augmentDefaults)
    .map(
      (key) => ["train", lib.augmentDefaults, key, key.endsWith("Probability") ? 0.1 : [0.5, 0.6]] as const,
    )
    .map((row) => [...row] as [Stage, object, string, unknown]),
  ["train", lib.knnDefaults, "k", 7],
  ["train", lib.knnDefaults, "testSize", 0.5],
  ["train", lib.knnDefaults, "splits", 10],
  ["train", lib.evaluationCuts, "cut", 0.6],
  ["train", lib.evaluationCuts, "minVotes", 3],
  ["train", lib.evaluationCuts, "maxMerger", 0.3],
  ["train", lib.evaluationCuts, "debiased", ["smooth-or-featured"]],
  ["encoder", lib.byolDefaults, "epochs", 30],
  ["reduced", lib.pcaDefaults, "variance", 0.9],
  ["plane", lib.umapDefaults, "nNeighbors", 30],
  ["plane", lib.umapDefaults, "minDist", 0.1],
  ["clusters", lib.mixtureDefaults, "nComponents", 40],
  ["clusters", lib.mixtureDefaults, "weightConcentrationPrior", 0.001],
  ["clusters", lib.mixtureDefaults, "nInit", 1],
  ["clusters", lib.mixtureDefaults, "maxIter", 100],
];

test("every default of a stage is changed below", () => {
  const left = [...new Set(options.map(([, holder]) => holder))].flatMap((holder) =>
    Object.keys(holder).filter((key) => !options.some((o) => o[1] === holder && o[2] === key)),
  );
  // The seed of a training is the study's, which is changed at the end.
  assert.deepEqual(left, ["seed"]);
});

test("an option that changes gives its stage and those after it another key, and leaves those before alone", async (t) => {
  scratch(t);
  const before = await keysOf();
  assert.deepEqual(await keysOf(), before, "equal settings give equal keys");
  for (const [stage, holder, key, other] of options) {
    const fields = holder as Record<string | number, unknown>;
    const kept = fields[key];
    fields[key] = other;
    const after = await keysOf().finally(() => {
      fields[key] = kept;
    });
    assert.deepEqual(differing(before, after), from(stage), `${stage}: ${key}`);
  }
  assert.deepEqual(differing(before, await keysOf({ seed: 2 })), from("train"), "the seed");
});

test("other images, another cut and other weights are other stages", async (t) => {
  const folder = scratch(t);
  const before = await keysOf();
  const provenance = { source: "", path: "", fingerprint: "fedcba9876543210" };
  const others = await keysOf({ dataset: tinyDataset({ provenance }) });
  assert.deepEqual(differing(before, others), from("images"));

  const file = join(folder, "weights.safetensors");
  const study = tinyStudy({ profile: "paper", weights: file });
  const keys: StageKeys[] = [];
  for (const content of ["one training", "another"]) {
    writeFileSync(file, content);
    const again = tinyStudy({ profile: "paper", weights: file });
    keys.push(await (await again.representation("other")).keys());
    await again.close();
  }
  assert.deepEqual(differing(keys[0], keys[1]), from("train"), "one path, another content");

  const plane = { data: Float64Array.from({ length: 40 }, (_, i) => i), shape: [20, 2] as [number, number] };
  await study.cutArtefacts(plane, { x: [0, 3], y: [0, 4] });
  await study.close();
  assert.deepEqual(differing(before, await keysOf()), from("images"), "the cut is on disk");
});

test("of fewer images than components the mixture has no more components than images", async (t) => {
  scratch(t);
  const nine = Array.from({ length: 9 }, (_, i) => `blob ${i}`);
  const dataset = tinyDataset({ length: 9, ids: nine, catalogue: null });
  const few = tinyStudy({ profile: "paper", dataset });
  const { mixtureOptions } = await few.representation("random");
  assert.equal(mixtureOptions.nComponents, 9);
  await few.close();
});
