import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
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

  // The checkpoint as it was written before splits were kept, and nothing kept beside it.
  const byolFolder = (await readdir(cache, { recursive: true })).find((f) => /seed5.byol-\w+$/.test(f))!;
  for (const file of await readdir(join(cache, byolFolder, "..")))
    if (file.startsWith("epochs-")) await rm(join(cache, byolFolder, "..", file));
  const files = (await readdir(cache, { recursive: true })) as string[];
  const file = join(cache, files.find((f) => /seed5.*epoch-0001\.json$/.test(f))!);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8"));
  for (const { evaluation } of checkpoint.log) delete evaluation.knnSplits;
  const text = JSON.stringify(checkpoint);
  await writeFile(file, `{"sha256":"${digest(text, 64)}","checkpoint":${text}}\n`);
  const [again] = await trainSeeds(study, ["random"]);
  assert.equal(again.epochs[0].knn!.splits, undefined, "the network of then is gone");
  assert.deepEqual(again.epochs[1].knn, trained.epochs[1].knn);
});

test("a finished training is told from its reports, without its checkpoints; its features are made anew where they are gone", async (t) => {
  const cache = scratch(t);
  await startEngine();
  const study = tinyStudy({ seed: 6 });
  t.after(() => study.close());
  Object.assign(study.sizes, { epochs: 1 });
  const epochs = await (await study.representation("random")).train();
  const features = await (await study.representation("random")).features();
  const files = (await readdir(cache, { recursive: true })).map((f) => join(cache, f));
  const checkpoints = files.find((f) => /byol-\w+$/.test(f))!;
  await rm(checkpoints, { recursive: true });

  const later = tinyStudy({ seed: 6 });
  t.after(() => later.close());
  Object.assign(later.sizes, { epochs: 1 });
  const net = await later.representation("random");
  assert.deepEqual(await net.train(), epochs);
  await assert.rejects(readdir(checkpoints), "nothing was trained");

  await rm(files.find((f) => /features-\w+\.npy$/.test(f))!);
  assert.deepEqual((await net.features()).data, features.data);
  assert.ok((await readdir(checkpoints)).length > 0);
});
