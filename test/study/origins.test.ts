import assert from "node:assert/strict";
import { test } from "node:test";
import { joinDatasets } from "../../lib/data/releases/join-datasets.js";
import { startEngine } from "../../lib/engine/engine.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { accuracyIn } from "../../lib/study/epoch-judge.js";
import { originSample, originsOf } from "../../lib/study/origins.js";
import { scratch } from "../scratch.js";
import { tinyDataset, tinyStudy } from "./tiny-study.js";

test("a joined dataset knows the set of each image, also after a cut; one set has no origins", () => {
  const joined = joinDatasets([tinyDataset(), tinyDataset({ name: "other", catalogue: null })]);
  assert.deepEqual(joined.parts, [
    { name: "tiny", length: 60 },
    { name: "other", length: 60 },
  ]);
  assert.deepEqual(originsOf(joined, [59, 60, 119]), ["tiny", "other", "other"]);
  assert.equal(originsOf(tinyDataset(), [0]), null);
  assert.equal(originsOf(joinDatasets([tinyDataset()]), [0]), null);
});

test("a sample holds equally many of every set, ascending, the same for a seed", () => {
  const origins = [...Array(700).fill("a"), ...Array(40).fill("b"), ...Array(300).fill("c")];
  const sample = originSample(origins, 3);
  const count = (set: string) => Array.from(sample).filter((i) => origins[i] === set).length;
  assert.deepEqual([count("a"), count("b"), count("c")], [40, 40, 40]);
  assert.deepEqual(sample, Uint32Array.from(new Set(sample)).sort());
  assert.deepEqual(originSample(origins, 3), sample);
  assert.notDeepEqual(originSample(origins, 4), sample);
});

test("an epoch of a joined study is judged by how well its features tell the sets apart", async (t) => {
  scratch(t);
  const tiny = tinyDataset();
  const negatives = tinyDataset({
    name: "negatives",
    catalogue: null,
    image: async (i) => {
      const { data, ...rest } = await tiny.image(i);
      return { ...rest, data: Uint8Array.from(data, (v) => 255 - v) };
    },
  });
  const study = tinyStudy({ dataset: joinDatasets([tiny, negatives]) });
  const representation = await study.representation("random");
  await startEngine();
  const net = resnet18({ seed: 1 });
  // What training asks after every epoch; a whole training would take a minute.
  const judge = await representation.evaluate();
  const evaluation = await judge(net);
  net.dispose();
  const [origin, knn] = [accuracyIn(evaluation, "origin")!, accuracyIn(evaluation, "knn")!];
  assert.ok(origin.mean > 0.9 && origin.mean <= 1, `negatives are told apart: ${origin.mean}`);
  assert.ok(knn.mean > 0 && knn.mean <= 1, "beside the accuracy on the classes");
  const over = knn.splits!.reduce((a, b) => a + b) / knn.splits!.length;
  assert.ok(knn.splits!.length === 50 && Math.abs(over - knn.mean) < 1e-12, "each split is kept");
  await study.close();
});
