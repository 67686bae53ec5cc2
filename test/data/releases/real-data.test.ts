import assert from "node:assert/strict";
import { test } from "node:test";
import { stackImages } from "../../../lib/data/images/stack-images.js";
import { mockRadio } from "../../../lib/data/mock/mock-radio.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { mirabestClasses } from "../../../lib/data/releases/mirabest.js";
import { volunteerColumns } from "../../../lib/data/votes/decision-tree.js";
import { evaluationOf } from "../../../lib/data/votes/evaluation.js";
import { evaluationSubset, trueMergers } from "../../../lib/data/votes/vote-cuts.js";
import { volunteerVotes } from "../../../lib/data/votes/vote-table.js";
import { startEngine } from "../../../lib/engine/engine.js";
import { knnAccuracy } from "../../../lib/models/knn-accuracy.js";
import { extractFeatures } from "../../../lib/nn/extract-features.js";
import { resnet18 } from "../../../lib/nn/resnet18.js";
import { loadWeights } from "../../../lib/nn/weights.js";
import { commonStarts } from "../../../lib/study/weights-starts.js";
import { scratch } from "../../scratch.js";
import { withoutArchives as skip } from "./released-archives.js";

const count = (values: Iterable<unknown>) => {
  const n: Record<string, number> = {};
  for (const v of values) n[String(v)] = (n[String(v)] ?? 0) + 1;
  return n;
};

test("MiraBest: 1256 images, the counts of every class, 833 confident", { skip }, async () => {
  const data = await openDataset("mirabest");
  assert.equal(data.length, 1256);
  assert.deepEqual(count(data.labels!), {
    100: 339,
    102: 49,
    104: 9,
    110: 191,
    112: 3,
    200: 432,
    201: 4,
    210: 195,
    300: 19,
    310: 15,
  });
  const { indices, labels } = evaluationOf({ labels: data.labels, votes: null }, data.evaluation)!;
  assert.deepEqual(count(labels), { FRI: 397, FRII: 436 });
  assert.equal(indices.length, 833);
  assert.equal(new Set(data.ids).size, 1256);
  assert.equal(
    data.catalogue!.column("test").reduce((a, b) => a + b, 0),
    157,
  );
  // The first image of data_batch_1 is 100_123.251+043.797_0.1281_0034.09.png; what its name says is in the columns.
  const row = ["ra", "dec", "redshift", "size", "code"].map((c) => data.catalogue!.column(c)[0]);
  assert.deepEqual(row, [123.251, 43.797, 0.1281, 34.09, 100]);
  for (const c of ["ra", "dec", "redshift", "size"])
    assert.ok(data.catalogue!.column(c).every(Number.isFinite), c);
  const image = await data.image(0);
  assert.deepEqual([image.width, image.height, image.channels, image.data.length], [150, 150, 1, 22500]);
  assert.ok(Math.max(...image.data) > 0);
  assert.equal(mirabestClasses[4].subclass, "wide-angle tail");
});

test("the Galaxy Zoo 2 sample: task columns become the tree's, and the cuts select what they should", {
  skip,
}, async (t) => {
  scratch(t);
  const data = await openDataset("galaxy-zoo-2");
  assert.equal(data.length, 1000);
  assert.deepEqual(data.catalogue!.missing(volunteerColumns()), []);
  assert.deepEqual(count(data.labels!), { spiral: 250, elliptical: 250, "edge-on": 250, merger: 250 });
  // Counted from the sample's own columns, with t01 debiased and the others weighted: 53, 68, 230 above 0.8. Two of the
  // edge-on galaxies meet the cuts of an earlier class too.
  const loose = evaluationSubset(volunteerVotes(data.catalogue)!, {
    debiased: ["smooth-or-featured"],
    minVotes: 0,
    maxMerger: 2,
  });
  assert.deepEqual(count([...loose.labels].map((l) => loose.classes[l])), {
    round: 53,
    spiral: 68,
    "edge-on": 228,
  });
  const mergers = trueMergers(volunteerVotes(data.catalogue)!);
  // Odd (t06) x merger (t08) above 0.4 with ten votes; nearly all of them carry the sample's own label "merger".
  const labelled = [...mergers.keys()].filter((i) => mergers[i]).map((i) => data.labels![i]!);
  assert.deepEqual(count(labelled), { merger: 118, spiral: 4, "edge-on": 1 });
  await data.close();
});

test("EFIGI, DECaLS examples, SDSS cutouts, radio galaxies: sizes, labels, and images here and there", {
  skip,
}, async (t) => {
  scratch(t);
  const expected = {
    efigi: [4504, 88],
    "decals-examples": [212, 424],
    "sdss-cutouts": [5000, 200],
    "radio-galaxy-dataset": [2158, 300],
  };
  for (const [name, [length, side]] of Object.entries(expected)) {
    const data = await openDataset(name);
    assert.equal(data.length, length, name);
    for (const i of [0, Math.floor(length / 2), length - 1]) {
      const image = await data.image(i);
      assert.deepEqual([image.width, image.height], [side, side], `${name} ${data.ids[i]}`);
      assert.ok(image.data instanceof Uint8Array);
    }
    assert.equal(volunteerVotes(data.catalogue), null, `${name} has numbers or none, but no votes`);
    if (name === "efigi") {
      const T = data.catalogue!.column("T");
      const inclination = data.catalogue!.column("Inclination");
      assert.equal(T.filter((v, i) => v <= -4 && inclination[i] <= 0.25).length, 224, "round ellipticals");
      assert.equal(T.filter(Number.isNaN).length, 46, "images without attributes");
    }
    if (name === "radio-galaxy-dataset")
      assert.deepEqual(count(data.labels!), { Compact: 391, FRI: 495, Bent: 348, FRII: 924 });
    await data.close();
  }
});

test("the mock radio set is as hard as MiraBest for untrained ImageNet features: KNN within 0.05", {
  skip: skip || (commonStarts()[1].available ? false : "ImageNet's weights are not here"),
}, async (t) => {
  scratch(t);
  await startEngine();
  const net = resnet18({ seed: 1 });
  await loadWeights(net, "imagenet");
  const accuracy = async (source: string) => {
    const data = await openDataset(source);
    const { indices, labels } = evaluationOf({ labels: data.labels, votes: null }, data.evaluation)!;
    const features = await extractFeatures(net, await stackImages(data), { indices, imageSize: 150 });
    return knnAccuracy(features, labels, { seed: 1 }).mean;
  };
  const real = await accuracy("mirabest");
  const mock = await accuracy(await mockRadio({ size: 1256, seed: 1 }));
  net.dispose();
  assert.ok(Math.abs(mock - real) < 0.05, `${mock.toFixed(3)} where MiraBest has ${real.toFixed(3)}`);
});
