import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { VoteTable } from "../../lib/data/votes/vote-table.js";
import type { ActiveLearningLog } from "../../lib/discovery/active-learning-log.js";
import * as lib from "../../lib/index.js";
import { trainByol } from "../../lib/nn/train-byol.js";
import { small, stackOf, tiny } from "../nn/tiny-training.js";
import { scratch } from "../scratch.js";
import { surveyExercises } from "./survey-exercises.js";

/** Three groups of features on which the exercises of the later notebooks are solved. */
const n = 90;
const random = new lib.Random(1);
const group = Array.from({ length: n }, (_, i) => i % 3);
const X = {
  data: Float64Array.from({ length: n * 3 }, (_, q) => {
    const i = Math.floor(q / 3);
    return (group[i] === q % 3 ? 6 : 0) + random.normal();
  }),
  shape: [n, 3] as [number, number],
};
const byGroup = (...values: number[]) => Float64Array.from(group, (g) => values[g]);
const votes = new VoteTable(
  n,
  new Map([
    ["smooth-or-featured_total-votes", Float64Array.from(group, (_, i) => (i % 2 ? 15 : 40))],
    ["smooth-or-featured_smooth_fraction", byGroup(0.9, 0.1, 0.1)],
    ["smooth-or-featured_featured-or-disk_fraction", byGroup(0.1, 0.9, 0.9)],
    ["disk-edge-on_total-votes", byGroup(40, 40, 40)],
    ["disk-edge-on_yes_fraction", byGroup(0, 0.9, 0.1)],
    ["petro_th50", byGroup(2, 6, 5)],
  ]),
);
const mixture = (options: object, x = X) =>
  new lib.BayesianGaussianMixture({ ...lib.mixtureDefaults, nInit: 1, seed: 1, ...options }).fit(x);
const alive = (fitted: lib.BayesianGaussianMixture, x = X) => new Set(fitted.predict(x)).size;
const pixels = (image: { data: ArrayLike<number> }) => Array.from(image.data);

before(async () => {
  await tf.setBackend("cpu");
});

/** A training of a few tiny images: the exercises change one option of it. */
async function trained(change: object) {
  const net = tiny(1);
  let last = Number.NaN;
  const options = { ...small, epochs: 1, ...change };
  for await (const { effectiveRank } of trainByol(net, stackOf(8, 16), options)) last = effectiveRank;
  net.dispose();
  return last;
}

/** A solution of every exercise, by notebook and number. Each notebook's own data take the place of these. */
const solutions: Record<string, (() => unknown)[]> = {
  "00": [
    () => {
      const drawn = (seed: number) => pixels(lib.renderGalaxy({ kind: "spiral", seed }));
      assert.notDeepEqual(drawn(1), drawn(2));
      assert.deepEqual(drawn(7), drawn(7), "a galaxy with a seed of its own does not change with the run's");
    },
    () => {
      const spiral = (more: object) => pixels(lib.renderGalaxy({ kind: "spiral", seed: 7, ...more }));
      assert.notDeepEqual(spiral({ armPitch: 10 }), spiral({ armPitch: 30 }));
      assert.notDeepEqual(spiral({ noise: 1 }), spiral({ noise: 3 }));
      const merger = (separation: number) =>
        pixels(lib.renderGalaxy({ kind: "merger", seed: 7, separation }));
      assert.notDeepEqual(merger(0.5), merger(3));
    },
  ],
  "01": [
    async () => {
      const image = lib.renderGalaxy({ kind: "spiral", seed: 7 });
      const text = await lib.explainPreprocess(image);
      const lower = await lib.explainPreprocess(image, { threshold: "astronomaly" });
      assert.ok(lower.box!.width * lower.box!.height > text.box!.width * text.box!.height);
    },
    async () => {
      const area = async (noise: number) => {
        const image = lib.renderGalaxy({ kind: "spiral", seed: 7, noise });
        const { box } = await lib.explainPreprocess(image);
        return box ? box.width * box.height : 0;
      };
      assert.ok((await area(12)) < (await area(0.5)), "noise takes the arms");
    },
  ],
  "02": [
    () => {
      // One tight group apart from the rest, and dark: what its box holds.
      const plane = { data: new Float64Array(2 * n), shape: [n, 2] as [number, number] };
      for (let q = 0; q < 2 * n; q++) plane.data[q] = (q < 30 ? 30 : 0) + random.normal(0, q < 30 ? 0.1 : 2);
      const looks = { data: new Float64Array(6 * n), shape: [n, 6] as [number, number] };
      for (let i = 0; i < n; i++)
        looks.data.set(
          [i < 15 ? 0 : 0.4, 0.2, i < 15 ? 1 : 0.1, 0, 0.1, 0.3 + random.normal(0, 0.01)],
          6 * i,
        );
      const [first] = lib.proposeCuts(plane, looks);
      assert.deepEqual(
        [...first.indices],
        Array.from({ length: 15 }, (_, i) => i),
      );
    },
    async () => {
      const plane = async (seed: number) => (await lib.umap(X, { ...lib.umapDefaults, seed })).data;
      assert.notDeepEqual([...(await plane(1))], [...(await plane(2))], "islands move, groups stay");
    },
  ],
  "03": [
    async () => assert.ok((await trained({ augment: { rotationProbability: 0 } })) > 0),
    async () => assert.ok((await trained({ tau: 0 })) > 0),
  ],
  "04": [
    () => {
      const labels = group.map(String);
      for (const k of [1, 25]) assert.ok(lib.knnAccuracy(X, labels, { k }).mean > 0.9);
    },
    () => {
      const labels = group.map(String);
      const at = (testSize: number) => lib.knnAccuracy(X, labels, { testSize, k: 3 }).mean;
      assert.ok(at(0.95) < at(0.25));
    },
  ],
  "05": [
    () => assert.ok(alive(mixture({ nComponents: 10 })) >= 3),
    () => {
      const two = {
        data: Float64Array.from({ length: 2 * n }, (_, q) => X.data[3 * (q >> 1) + (q % 2)]),
        shape: [n, 2] as [number, number],
      };
      assert.ok(
        alive(mixture({ weightConcentrationPrior: 0.001 }, two), two) < lib.mixtureDefaults.nComponents,
      );
    },
  ],
  "06": [
    () => {
      const [smooth] = lib.reportAnswers;
      const counted = (least: number) =>
        lib.answerFractions(votes, smooth, least).filter(Number.isFinite).length;
      assert.deepEqual([counted(10), counted(20)], [90, 45]);
    },
    () => {
      const sizes = votes.column("petro_th50");
      const mean = (g: number) => sizes.filter((_, i) => group[i] === g).reduce((a, b) => a + b) / 30;
      assert.ok(mean(0) < mean(1), "the smooth group is the small one");
    },
  ],
  "07": [
    async () => {
      const oracle = async (rows: readonly number[]) => rows.map((i) => (group[i] === 2 ? 5 : 0));
      let log: ActiveLearningLog | undefined;
      for await (const round of lib.activeLearning(X, { oracle, budget: 60 })) log = round.log;
      let labelled = 0;
      const fork = lib.activeLearning(X, { oracle, budget: 70, eta: 3, from: { log: log!, rounds: 5 } });
      for await (const round of fork) labelled = round.labelled;
      assert.equal(labelled, 70);
    },
    async () => {
      const edge = votes.column("disk-edge-on_yes_fraction");
      const oracle = async (rows: readonly number[]) => rows.map((i) => Math.round(5 * edge[i]));
      let best = -1;
      for await (const round of lib.activeLearning(X, { oracle, budget: 30 })) best = lib.ranking(round)[0];
      assert.equal(group[best], 1);
    },
  ],
  "08": [
    () => assert.equal(group[lib.similar(X, 0, { k: 1 })[0].index], group[0]),
    () => assert.ok(lib.similar(X, 2).every((f) => group[f.index] === 2)),
  ],
  "09": [
    async () => assert.ok((await trained({ augment: { rotationProbability: 0 } })) > 0),
    () => {
      const clusters = group.map((g) => (g === 2 ? 1 : g));
      const labels = group.map((g) => (g === 0 ? "FRI" : g === 1 ? "FRII" : null));
      const { labelOf } = lib.majorityAccuracy(labels, clusters);
      const hybrids = group.flatMap((g, i) => (g === 2 ? [i] : []));
      assert.equal(hybrids.filter((i) => labelOf.get(clusters[i]) === "FRI").length, 0);
    },
  ],
  "11": surveyExercises,
  "12": [
    () => {
      // The sample alone is every second row here: the same galaxies judge both, by what each has beside them.
      const own = Array.from({ length: n / 2 }, (_, i) => 2 * i);
      const labels = (rows: number[]) => rows.map((i) => String(group[i]));
      const alone = lib.knnAccuracy(lib.takeRows(X, own), labels(own)).mean;
      const all = lib.knnAccuracy(X, labels([...group.keys()])).mean;
      assert.ok(alone > 0.9 && all > 0.9);
    },
    () => {
      const shown = (artefacts: number[]) => lib.violinPanels(votes, Int32Array.from(group), artefacts);
      const clusters = (artefacts: number[]) =>
        JSON.stringify(shown(artefacts)[0].groups.map((g) => g.label));
      assert.notEqual(clusters([]), clusters([0]), "the cluster left out has no violin");
    },
    async () => {
      const ring = byGroup(0, 1, 4);
      const oracle = lib.voteOracle(Float64Array.from(ring, Math.round));
      let best = -1;
      for await (const round of lib.activeLearning(X, { oracle, budget: 30 })) best = lib.ranking(round)[0];
      assert.equal(group[best], 2);
    },
  ],
};

const folder = "notebooks";
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith(".ipynb"))
  .sort()) {
  const { cells } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
    cells: { cell_type: string; source: string[] }[];
  };
  const text = (type: string) => cells.filter((c) => c.cell_type === type).map((c) => c.source.join(""));
  const said =
    text("markdown")
      .find((source) => /Exercises/.test(source))
      ?.split("Exercises")[1] ?? "";
  const exercises = said.split("\n").filter((line) => /^\d+\. /.test(line));
  const number = file.slice(0, 2);

  test(`every name in the exercises of ${file} exists`, () => {
    const code = text("code").join("\n");
    const called = exercises.flatMap((line) =>
      [...line.matchAll(/`([^`]*)`/g)].flatMap(([, span]) => [...span.matchAll(/(?<![.\w])([a-z]\w*)\(/g)]),
    );
    for (const [, name] of called)
      assert.ok(name in lib || new RegExp(`\\b${name}\\b`).test(code), `nothing is called ${name}`);
  });

  const solved = solutions[number];
  if (!solved) continue;
  test(`every exercise of ${file} has a solution`, () => assert.equal(solved.length, exercises.length));
  for (const [k, solution] of solved.entries())
    test(`${file}, exercise ${k + 1}: ${exercises[k]?.slice(3, 70)}`, async (t) => {
      scratch(t);
      await solution();
    });
}
