import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { activeLearning } from "../../../lib/discovery/active-learning.js";
import { readLog } from "../../../lib/discovery/active-learning-log.js";
import { LabelFile, readLabels } from "../../../lib/discovery/label-file.js";
import { voteOracle } from "../../../lib/discovery/oracle.js";
import { atomicWrite } from "../../../lib/files/atomic-write.js";
import { NeighbourIndex } from "../../../lib/models/neighbour-index.js";
import { Checkpoints } from "../../../lib/nn/checkpoint.js";
import { loadFeatures, saveFeatures } from "../../../lib/nn/features-file.js";
import { resnet18 } from "../../../lib/nn/resnet18.js";
import { readSafetensors, writeSafetensors } from "../../../lib/nn/safetensors.js";
import { saveOnnx } from "../../../lib/nn/save-onnx.js";
import { keepEncoder } from "../../../lib/study/trained-encoders.js";
import { planSurvey } from "../../../lib/survey/plan-survey.js";
import { readReceipt, writeReceipt } from "../../../lib/survey/receipts.js";
import { readPlan } from "../../../lib/survey/survey-plan.js";
import { scratch } from "../../scratch.js";
import { tinyOptions, tinyTiles } from "../../survey/tiny-survey.js";
import { latest, N, values, type Writer, whole } from "./writer.js";

const weights = (version: number) => new Map([["w", { shape: [N], data: values(version) }]]);
const checkpoints = (folder: string) => new Checkpoints(join(folder, "run"));
const features = (version: number) => ({
  ids: ["a", "b"],
  features: { data: values(version), shape: [2, 300] as [number, number] },
  provenance: {},
});
const network = async (seed: number) => {
  await tf.setBackend("cpu");
  return resnet18({ width: 1, seed });
};
/** Points on two lines, which a graph of neighbours knows apart by where they lie. */
const points = (version: number) => ({
  data: Float64Array.from({ length: 2 * N }, (_, i) => (i % 2 ? version : i)),
  shape: [N, 2] as [number, number],
});

/** What networks, models, searches and surveys write. */
export const methodWriters: Readonly<Record<string, Writer>> = {
  weights: {
    write: (folder, version) => writeSafetensors(join(folder, "w.safetensors"), weights(version)),
    read: async (folder) =>
      whole((await readSafetensors(join(folder, "w.safetensors"))).tensors.get("w")!.data),
  },
  "an ONNX model": {
    slow: true,
    write: (folder, version) => network(version).then((net) => saveOnnx(net, join(folder, "n.onnx"))),
    async read(folder) {
      const there = readFileSync(join(folder, "n.onnx"));
      return latest(async (version) => {
        const made = join(scratch(), "made.onnx"); // the folder's disk may be full
        await saveOnnx(await network(version), made);
        return there.equals(readFileSync(made));
      });
    },
  },
  "a trained encoder": {
    slow: true,
    write: async (folder, version) =>
      keepEncoder(folder, await network(version), {
        ...{ sky: "radio", drawn: true, images: "i", dataset: "d", profile: "quick" },
        ...{ seed: version, start: "random", epochs: 1, trained: "2026-01-01" },
      }),
    async read(folder) {
      const card = (await readSafetensors(join(folder, "encoder.safetensors"))).metadata;
      const about = JSON.parse(readFileSync(join(folder, "encoder.json"), "utf8"));
      // The weights come first: an encoder is as old as its description.
      assert.ok(Number(card.seed) >= about.seed);
      return about.seed;
    },
  },
  "features in parquet": {
    write: (folder, version) => saveFeatures(join(folder, "f.parquet"), features(version)),
    read: async (folder) => whole((await loadFeatures(join(folder, "f.parquet"))).features.data),
  },
  "features in npy": {
    write: (folder, version) => saveFeatures(join(folder, "f.npy"), features(version)),
    read: async (folder) => whole((await loadFeatures(join(folder, "f.npy"))).features.data),
  },
  "a checkpoint": {
    write: (folder, version) =>
      checkpoints(folder).save({ epoch: version, step: version, settings: {}, log: [] }, weights(version)),
    async read(folder) {
      const found = await checkpoints(folder).latest();
      assert.equal(whole(found!.tensors.get("w")!.data), found!.state.epoch);
      return found!.state.epoch;
    },
  },
  "a label": {
    async write(folder, version) {
      const file = await LabelFile.open(join(folder, "labels.jsonl"));
      try {
        await file.append({ id: "a", score: version });
      } finally {
        await file.close();
      }
    },
    read: async (folder) => (await readLabels(join(folder, "labels.jsonl"))).get("a") ?? 0,
  },
  "the log of a search": {
    async write(folder, version) {
      const data = Float64Array.from({ length: 120 }, (_, k) => (k % 2 ? Math.sin(k) : (k >> 1) % 7));
      const oracle = voteOracle(new Array(60).fill(version));
      const options = { oracle, batch: 5, budget: 10, log: join(folder, "log.json") };
      for await (const _ of activeLearning({ data, shape: [60, 2] }, options));
    },
    read: async (folder) =>
      whole((await readLog(join(folder, "log.json"))).rounds.flatMap((r) => r.scores as number[])),
  },
  "an index of neighbours": {
    write: (folder, version) =>
      NeighbourIndex.build(points(version)).then((index) => index.save(join(folder, "n.hnsw"))),
    async read(folder) {
      const index = await NeighbourIndex.load(join(folder, "n.hnsw"));
      return 1 + index.search([0, 1], 1)[0].square;
    },
  },
  "the plan of a survey": {
    async write(folder, version) {
      const tiles = join(folder, "sky");
      if (!existsSync(join(tiles, "catalogue.parquet"))) await tinyTiles(tiles, 6);
      const given = { images: join(tiles, "tiles"), catalogue: join(tiles, "catalogue.parquet") };
      await planSurvey(join(folder, `survey${version}`), {
        ...given,
        ...tinyOptions,
        shard: 3,
        seed: version,
      });
    },
    read: (folder) =>
      latest(async (version) => {
        const survey = join(folder, `survey${version}`);
        if (!existsSync(join(survey, "plan.json"))) return false;
        const plan = await readPlan(survey);
        assert.equal(plan.seed, version);
        assert.ok(plan.shards.length > 0);
        return true;
      }),
  },
  "a receipt of a survey": {
    async write(folder, version) {
      await atomicWrite(join(folder, "made"), String(version));
      const rest = { counts: {}, precision: "f32", engine: "none", seconds: 1 } as const;
      const made = { stage: "pca", shard: null, madeFrom: `v${version}`, paths: ["made"] } as const;
      await writeReceipt(folder, { ...made, ...rest });
    },
    read: async (folder) => Number((await readReceipt(folder, "pca", null))!.madeFrom.slice(1)),
  },
};
