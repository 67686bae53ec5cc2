import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStack, PixelImage } from "../lib/data/images/image.js";
import { volunteerColumns, voteColumns } from "../lib/data/votes/decision-tree.js";
import { VoteTable } from "../lib/data/votes/vote-table.js";
import { namedClustersDefaults } from "../lib/discovery/name-clusters.js";
import { votedKinds } from "../lib/discovery/voted-kinds.js";
import * as lib from "../lib/index.js";
import { drawAugment } from "../lib/nn/byol-augment.js";
import { settleByolOptions } from "../lib/nn/byol-options.js";
import { Random } from "../lib/random.js";
import { featuresOf } from "../lib/study/feature-source.js";
import { profileSizes } from "../lib/study/profile-sizes.js";
import { Study } from "../lib/study/study.js";
import { scratch } from "./scratch.js";
import { tinyDataset } from "./study/tiny-study.js";

scratch();
const random = new Random(5);
const classes = Array.from({ length: 60 }, (_, i) => i % 3);
const rows = {
  data: Float64Array.from({ length: 60 * 3 }, (_, k) => random.normal() + classes[Math.floor(k / 3)]),
  shape: [60, 3] as [number, number],
};

/** A bright corner, a source in the middle with a wide skirt, noise, three channels that differ, a hole. */
const picture: PixelImage = (() => {
  const side = 64;
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [(Math.floor(i / 3) % side) - 32, Math.floor(i / 3 / side) - 32];
    const source = 150 * Math.exp(-Math.hypot(x, (1 + (i % 3)) * y) / 6);
    data[i] = source + 12 * random.uniform() + (x < -20 && y < -10 ? 60 : 10);
  }
  const missing = Uint8Array.from({ length: side * side }, (_, i) => Number(i < 24 * side));
  for (let i = 0; i < 24 * side * 3; i++) data[i] = 90;
  return { data, width: side, height: side, channels: 3, missing };
})();

/** Votes of every size: a table in which each cut parts some galaxies from others. */
const votes = (() => {
  const columns = new Map(volunteerColumns().map((name) => [name, new Float64Array(400)]));
  for (const [name, column] of columns)
    for (let i = 0; i < column.length; i++)
      column[i] = name.endsWith("_total-votes") ? random.integer(25) : random.uniform();
  const [likely, rare] = [
    ["smooth-or-featured", "smooth"],
    ["merging", "merger"],
  ].map(([q, a]) => columns.get(voteColumns.fraction(q, a))!);
  for (let i = 0; i < 400; i++) {
    likely[i] = 0.4 + 0.6 * likely[i];
    rare[i] *= 0.5;
  }
  for (const [name, column] of [...columns])
    if (name.endsWith("_fraction"))
      columns.set(
        name.replace("_fraction", "_debiased"),
        column.map((v) => v ** 2),
      );
  return new VoteTable(400, columns);
})();

/** What one is asked for beside the data; empty, the defaults decide. */
type Asked = Record<string, never>;

/** A search's rounds, and how good it thought what it asked for. */
async function search(asked: Asked): Promise<unknown> {
  const oracle = lib.voteOracle(classes.map((c, i) => (c + (i % 4)) % 6));
  const rounds: unknown[] = [];
  for await (const { queried, acquisition } of lib.activeLearning(rows, { oracle, ...asked }))
    rounds.push({ queried, acquisition });
  return rounds;
}

const drawn = (asked: Asked) =>
  Array.from({ length: 40 }, (_, i) => drawAugment(new Random(i), 50, 40, asked));
const settled = (asked: Asked) => settleByolOptions({ length: 60, width: 32 } as ImageStack, asked);
const membership = lib.classMembership(
  classes.map((c) => ["round", "spiral", "edge-on"][c]),
  classes.map((c, i) => 5 * c + (i % 5)),
);
const merging = { question: "merging", answer: "merger", label: "merger", condition: "smooth" } as const;

const thirds = votes.column(voteColumns.total("merging")).map((v) => v % 3);
const tall = {
  data: Float64Array.from({ length: 400 }, () => random.normal()),
  shape: [400, 1] as [number, number],
};

/** A study's stages on features that were given: no network is needed for them. */
async function given() {
  const dataset = tinyDataset();
  const features = { path: "f.npy", features: rows, names: null, columns: "60 x 3", digest: "these rows" };
  const source = featuresOf(features, dataset);
  const start = { name: source.name, note: source.note, available: true, weights: async () => "random" };
  const study = new Study(
    { profile: "paper", dataset: "tiny", seed: 1 },
    dataset,
    async () => [start],
    source,
  );
  const found = await study.representation();
  const { X } = await found.reduced();
  return { X, mixture: (await found.clusters()).mixture.toJSON() };
}

/** A field of defaults, another value of it, and what it decides, asked for by name or not at all. */
type Row = [holder: object, field: string, other: unknown, run: (asked: Asked) => unknown];

/** What a caller may also ask for by name: both ways give the same. */
const asked: Row[] = [
  ...Object.entries({ sigma: 2, maxIters: 1, threshold: "astronomaly", channel: "luminance" }).map(
    ([field, other]): Row => [lib.sourceBoxDefaults, field, other, (a) => lib.centralSourceBox(picture, a)],
  ),
  [lib.sourceBoxDefaults, "missing", "zero", (a) => lib.centralSourceBox(picture, a)],
  [lib.sourceBoxDefaults, "enlarge", 1.2, (a) => lib.centralSourceBox(picture, a)],
  [lib.cropDefaults, "size", 32, (a) => lib.explainPreprocess(picture, a)],
  ...Object.keys(lib.augmentDefaults).map(
    (field): Row => [lib.augmentDefaults, field, field.endsWith("Probability") ? 0.1 : [0.8, 0.9], drawn],
  ),
  ...Object.keys(lib.byolDefaults).map(
    (field): Row => [lib.byolDefaults, field, field === "tau" || field === "learningRate" ? 0.5 : 9, settled],
  ),
  [lib.umapDefaults, "nNeighbors", 4, (a) => lib.umap(rows, { nEpochs: 5, ...a })],
  [lib.umapDefaults, "minDist", 0.5, (a) => lib.umap(rows, { nEpochs: 5, ...a })],
  [
    lib.pcaDefaults,
    "variance",
    0.5,
    (a) => lib.pcaVariance({ title: "", explainedVarianceRatio: [0.4, 0.3, 0.3], ...a }),
  ],
  [lib.knnDefaults, "k", 1, (a) => lib.knnAccuracy(rows, classes, a)],
  [lib.knnDefaults, "k", 1, (a) => new lib.KnnClassifier(a).fit(rows, classes).predict(rows)],
  [lib.knnDefaults, "testSize", 0.5, (a) => lib.knnAccuracy(rows, classes, a)],
  [lib.knnDefaults, "splits", 3, (a) => lib.knnAccuracy(rows, classes, a)],
  [lib.evaluationCuts, "cut", 0.6, (a) => lib.evaluationSubset(votes, a)],
  [lib.evaluationCuts, "minVotes", 20, (a) => lib.evaluationSubset(votes, a)],
  [lib.evaluationCuts, "maxMerger", 0.4, (a) => lib.evaluationSubset(votes, a)],
  [lib.evaluationCuts, "debiased", ["how-rounded"], (a) => lib.evaluationSubset(votes, a)],
  [lib.mergerDefaults, "cut", 0.7, (a) => lib.trueMergers(votes, a)],
  [lib.mergerDefaults, "minVotes", 20, (a) => lib.trueMergers(votes, a)],
  [lib.violinDefaults, "minVotes", 20, ({ minVotes }) => lib.answerFractions(votes, merging, minVotes)],
  [
    lib.violinDefaults,
    "minVotes",
    20,
    (a) => lib.clusterReport({ features: tall, clusters: thirds, votes, ...a }),
  ],
  [lib.searchDefaults, "batch", 20, search],
  [lib.searchDefaults, "budget", 30, search],
  [lib.searchDefaults, "eta", 3, search],
  [lib.similarDefaults, "k", 3, (a) => lib.similar(rows, 0, a)],
];

/** What nobody asks for by name: the field alone decides. */
const alone: Row[] = [
  [lib.violinDefaults, "condition", 0.9, () => lib.answerFractions(votes, merging)],
  [lib.violinDefaults, "condition", 0.9, () => votedKinds(votes)],
  [lib.violinDefaults, "minVotes", 20, () => votedKinds(votes)],
  [lib.mergerDefaults, "highestScore", 10, () => lib.mergerScore(votes)],
  [lib.searchDefaults, "start", 5, () => search({})],
  ...["round", "spiral", "edge-on"].map(
    (name): Row => [namedClustersDefaults, name, 1, () => lib.nameClusters(membership)],
  ),
  ...Object.keys(lib.radioDefaults).map(
    (field): Row => [lib.radioDefaults, field, 10, () => profileSizes("paper", "radio")],
  ),
  [lib.cropDefaults, "size", 100, () => profileSizes("paper", "optical")],
  [lib.byolDefaults, "epochs", 7, () => profileSizes("paper", "optical")],
  [lib.pcaDefaults, "variance", 0.3, async () => (await given()).X],
  ...Object.entries({ nComponents: 3, weightConcentrationPrior: 0.1, nInit: 2, maxIter: 7 }).map(
    ([field, other]): Row => [lib.mixtureDefaults, field, other, async () => (await given()).mixture],
  ),
];

async function under<T>([holder, field, other]: Row, run: () => T): Promise<Awaited<T>> {
  const fields = holder as Record<string, unknown>;
  const kept = fields[field];
  fields[field] = other;
  try {
    return await run();
  } finally {
    fields[field] = kept;
  }
}

test("no default is left out below", () => {
  const known = [...asked, ...alone];
  const holders = Object.entries(lib).filter(([name]) => /Defaults$|^evaluationCuts$/.test(name));
  assert.ok(holders.length > 12, `${holders.length}`);
  const left = holders.flatMap(([name, holder]) =>
    Object.keys(holder)
      .filter((field) => !known.some((row) => row[0] === holder && row[1] === field))
      .map((field) => `${name}.${field}`),
  );
  assert.deepEqual(left, []);
});

test("a default is what a call uses that asks for nothing: changed, it gives what asking for the other value gives", async () => {
  for (const row of asked) {
    const [, field, other, run] = row;
    const before = await run({});
    const changed = await under(row, () => run({}));
    assert.notDeepEqual(changed, before, `${field} = ${other} changes nothing`);
    assert.deepEqual(changed, await run({ [field]: other } as Asked), `${field} = ${other}`);
    assert.deepEqual(await run({}), before, `${field} is what it was`);
  }
});

test("a default that nobody can ask for decides where it is said to", async () => {
  for (const row of alone) {
    const [, field, other, run] = row;
    const before = await run({});
    assert.notDeepEqual(await under(row, () => run({})), before, `${field} = ${other} changes nothing`);
    assert.deepEqual(await run({}), before, `${field} is what it was`);
  }
});
