import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { digest } from "../../lib/digest.js";
import { startEngine } from "../../lib/engine/engine.js";
import { trainSeeds } from "../../lib/study/train-seeds.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

test("further seeds train to the epoch asked for and are kept; where splits were not kept they are found again", async (t) => {
  const cache = scratch(t);
  await startEngine();
  const study = tinyStudy({ seed: 4 });
  t.after(() => study.close());
  assert.deepEqual(await trainSeeds(study, ["random"]), [], "the quick profile is content with one seed");
  Object.assign(study.sizes, { seeds: 2, seedEpochs: 1 });
  const [trained] = await trainSeeds(study, ["random"]);
  assert.deepEqual(
    [trained.name, trained.seed, trained.epochs.map((e) => e.epoch), trained.epochs[1].knn!.splits!.length],
    ["random", 5, [0, 1], 50],
  );

  // The checkpoint as it was written before splits were kept.
  const files = (await readdir(cache, { recursive: true })) as string[];
  const file = join(cache, files.find((f) => /seed5.*epoch-0001\.json$/.test(f))!);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8"));
  for (const { evaluation } of checkpoint.log) delete evaluation.knnSplits;
  const text = JSON.stringify(checkpoint);
  await writeFile(file, `{"sha256":"${digest(text, 64)}","checkpoint":${text}}\n`);
  const heard: number[] = [];
  const [again] = await trainSeeds(study, ["random"], (_, { epoch }) => heard.push(epoch));
  assert.deepEqual(heard, [0, 1]);
  assert.equal(again.epochs[0].knn!.splits, undefined, "the network of then is gone");
  assert.deepEqual(again.epochs[1].knn, trained.epochs[1].knn);
});
