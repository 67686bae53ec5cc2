import assert from "node:assert/strict";
import { test } from "node:test";
import { VoteTable } from "../../lib/data/votes/vote-table.js";
import { classMembership, evaluationClasses } from "../../lib/discovery/class-membership.js";
import { type ClusterSummary, clusterReport } from "../../lib/discovery/cluster-report.js";
import { majorityAccuracy } from "../../lib/discovery/majority-accuracy.js";
import { nameClusters } from "../../lib/discovery/name-clusters.js";
import { proposeClusters } from "../../lib/discovery/propose-clusters.js";
import { similar } from "../../lib/discovery/similar.js";
import { startingSample } from "../../lib/discovery/starting-sample.js";
import { typicalMembers } from "../../lib/discovery/typical-members.js";
import { violinPanels } from "../../lib/discovery/violin-panels.js";
import { answerFractions, figure7Answers } from "../../lib/discovery/vote-answers.js";
import { clusterPurity, type VotedKind, votedKinds } from "../../lib/discovery/voted-kinds.js";
import type { Matrix } from "../../lib/matrix.js";

const matrix = (rows: number[][]): Matrix => ({
  data: Float64Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});

test("similar: nearest first, never itself, ties by row; by row, id and vector", () => {
  const features = matrix([
    [0, 0],
    [3, 4],
    [1, 0],
    [0, 1],
    [9, 9],
  ]);
  const found = similar(features, 0, { k: 3 });
  assert.deepEqual(found, [
    { index: 2, distance: 1 },
    { index: 3, distance: 1 },
    { index: 1, distance: 5 },
  ]);
  assert.deepEqual(similar(features, "a", { k: 3, ids: ["a", "b", "c", "d", "e"] }), found);
  assert.deepEqual(similar(features, [3, 4], { k: 1 }), [{ index: 1, distance: 0 }]);
  assert.equal(similar(features, 0).length, 4);
  // Of equal distances the lower rows stay, also where a nearer one comes last.
  const tied = { data: Float64Array.of(2, -2, 2, 1), shape: [4, 1] as [number, number] };
  assert.deepEqual(
    similar(tied, [0], { k: 2 }).map((s) => s.index),
    [3, 0],
  );
  assert.throws(() => similar(features, 5), /row 5 is outside 0 to 4/);
  assert.throws(() => similar(features, [1]), /1 features where the set has 2/);
  assert.throws(() => similar(features, "z", { ids: ["a", "b", "c", "d", "e"] }), /no image is called "z"/);
});

test("the starting sample: every tenth of the order of PC 1", () => {
  const features = matrix(Array.from({ length: 40 }, (_, i) => [(i * 7) % 40, -i]));
  const sample = startingSample(features, 10);
  assert.deepEqual(
    sample.map((i) => (i * 7) % 40),
    [0, 4, 8, 12, 16, 20, 24, 28, 32, 36],
  );
  assert.deepEqual(startingSample(matrix([[1], [1], [1], [1]]), 2), [0, 2], "equals by row");
  assert.throws(() => startingSample(features, 41), /40 objects where 41/);
});

test("majority accuracy and membership: by hand", () => {
  const labels = ["a", "a", "b", null, "b", "b", "a", "c"];
  const clusters = [0, 0, 0, 0, 1, 1, 1, 2];
  const m = majorityAccuracy(labels, clusters);
  assert.equal(m.accuracy, 5 / 7);
  assert.deepEqual(
    [...m.labelOf],
    [
      [0, "a"],
      [1, "b"],
      [2, "c"],
    ],
  );
  assert.deepEqual(m.counts, [
    [2, 1, 0],
    [1, 2, 0],
    [0, 0, 1],
  ]);
  const [a] = classMembership(labels, clusters);
  assert.deepEqual(a.clusters[0], { cluster: 0, count: 2, share: 2 / 3 });
  const absent = classMembership(["a", null], [0, 1], ["a", "b"])[1];
  assert.deepEqual([absent.name, absent.n, absent.clusters], ["b", 0, []], "a class may be absent");
  assert.deepEqual(evaluationClasses({ indices: [2, 0], labels: ["spiral", "round"] }, 3), [
    "round",
    null,
    "spiral",
  ]);
  const even = majorityAccuracy(["b", "a"], [0, 0]);
  assert.equal(even.labelOf.get(0), "a", "of classes as frequent the first by name");
  assert.throws(() => majorityAccuracy([null], [0]), /no object has a class/);
});

test("named clusters: no cluster has two names, and whoever lies in one without a name counts as wrong", () => {
  // a: 3 in cluster 0, 2 in 1, 1 in 3; b: 4 in 1, 1 in 0, 1 in 2.
  const labels = [..."aaaaaabbbbbb"];
  const clusters = [0, 0, 0, 1, 1, 3, 1, 1, 1, 1, 0, 2];
  const { named, accuracy } = nameClusters(classMembership(labels, clusters, ["a", "b", "c"]), {
    a: 2,
    b: 1,
    c: 1,
  });
  assert.deepEqual(named, [
    { name: "a", clusters: [0, 3], share: 4 / 6 },
    { name: "b", clusters: [1], share: 4 / 6 },
    { name: "c", clusters: [], share: null },
  ]);
  assert.equal(accuracy, 8 / 12);
  // The majority over all clusters names cluster 2 as well: like is not compared with like.
  assert.equal(majorityAccuracy(labels, clusters).accuracy, 9 / 12);
  // Cluster 0 holds artefacts: it takes no name, and the four in it count as wrong.
  const without = nameClusters(classMembership(labels, clusters), { a: 2, b: 1 }, [0]);
  assert.deepEqual(without.named, [
    { name: "a", clusters: [3], share: 1 / 6 },
    { name: "b", clusters: [1], share: 4 / 6 },
  ]);
  assert.equal(without.accuracy, 5 / 12);
  const majority = majorityAccuracy(labels, clusters, [0]);
  assert.deepEqual([majority.accuracy, majority.n, majority.labelOf.has(0)], [6 / 12, 12, false]);
  const tied = nameClusters(classMembership(["a", "a"], [7, 3]), { a: 1 });
  assert.deepEqual(tied.named[0].clusters, [3], "of clusters as full the lower number");
  assert.equal(nameClusters(classMembership([null], [0], ["a"]), { a: 1 }).accuracy, null);
  assert.throws(() => nameClusters(classMembership(["x"], [0])), /may be called "x" is not said/);
});

test("kinds follow the volunteers' majorities down the tree; a cluster's purity counts the undecided too", () => {
  const column = (...values: number[]) => Float64Array.from(values);
  const votes = new VoteTable(
    7,
    new Map([
      ["smooth-or-featured_total-votes", column(30, 30, 30, 30, 30, 9, 30)],
      ["smooth-or-featured_smooth_fraction", column(0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.5)],
      ["smooth-or-featured_featured-or-disk_fraction", column(0.1, 0.1, 0.9, 0.9, 0.9, 0.1, 0.5)],
      ["smooth-or-featured_artifact_fraction", column(0, 0, 0, 0, 0, 0, 0)],
      ["how-rounded_cigar-shaped_fraction", column(0.1, 0.8, 0, 0, 0, 0, 0)],
      ["disk-edge-on_yes_fraction", column(0, 0, 0.8, 0.1, 0.1, 0, 0)],
      ["has-spiral-arms_yes_fraction", column(0, 0, 0, 0.8, 0.2, 0, 0)],
    ]),
  );
  const kinds = votedKinds(votes);
  const expected = ["elliptical", "edge-on", "edge-on", "spiral", "other disk", null, "undecided"];
  assert.deepEqual(kinds, expected);
  assert.deepEqual(clusterPurity(kinds, [0, 1, 2, 3, 5, 6]), { kind: "edge-on", share: 2 / 5, voted: 5 });
  assert.equal(clusterPurity(kinds, [0, 1, 2, 5]), null, "three have votes");
});

test("Figure 4 takes the purest cluster of each kind before a second of one; without votes the surest", () => {
  const cluster = (number: number, kind: VotedKind, share: number, certainty: number) =>
    ({
      cluster: number,
      size: 10,
      artefact: null,
      purity: { kind, share, voted: 10 },
      certainty,
    }) as ClusterSummary;
  const clusters = [
    cluster(0, "spiral", 0.99, 0.7),
    cluster(1, "spiral", 0.95, 0.9),
    cluster(2, "spiral", 0.9, 0.8),
    cluster(3, "elliptical", 0.7, 0.6),
    cluster(4, "edge-on", 0.5, 1),
    cluster(5, "undecided", 0.9, 0.5),
  ];
  const { clear, mixed, byVotes } = proposeClusters({ clusters, artefacts: [], votedArtefacts: [] }, 3);
  assert.deepEqual({ clear, mixed, byVotes }, { clear: [0, 1, 3], mixed: [5, 4], byVotes: true });
  const blind = clusters.map((c) => ({ ...c, purity: null }));
  const without = proposeClusters({ clusters: blind, artefacts: [], votedArtefacts: [] }, 3);
  assert.deepEqual(without.clear, [4, 1, 2]);
  assert.equal(without.byVotes, false);
  // Three in five is enough to be of one kind.
  const fair = [cluster(0, "spiral", 0.6, 0), cluster(1, "edge-on", 0.59, 0)];
  assert.deepEqual(proposeClusters({ clusters: fair, artefacts: [], votedArtefacts: [] }).clear, [0]);
});

/** Three clusters: ellipticals, spirals, artefacts; ten objects each, the last of each with too few votes. */
function sky() {
  const n = 30;
  const kind = Array.from({ length: n }, (_, i) => Math.floor(i / 10));
  const pick = (values: [number, number, number]) => Float64Array.from(kind, (k) => values[k]);
  const total = Float64Array.from(kind, (_, i) => (i % 10 === 9 ? 9 : 30));
  const votes = new VoteTable(
    n,
    new Map([
      ["smooth-or-featured_total-votes", total],
      ["smooth-or-featured_smooth_fraction", pick([0.9, 0.1, 0.2])],
      ["smooth-or-featured_featured-or-disk_fraction", pick([0.05, 0.85, 0.1])],
      ["smooth-or-featured_artifact_fraction", pick([0.05, 0.05, 0.7])],
      ["has-spiral-arms_total-votes", total],
      ["has-spiral-arms_yes_fraction", pick([0.3, 0.9, 0.3])],
    ]),
  );
  const features = matrix(kind.map((k, i) => [k * 10 + Math.sin(i), Math.cos(3 * i)]));
  return { kind, votes, features };
}

test("vote fractions count from ten votes on and under the paper's conditions", () => {
  const { votes } = sky();
  const arms = answerFractions(votes, {
    question: "has-spiral-arms",
    answer: "yes",
    label: "",
    condition: "featured-or-disk",
  });
  assert.ok(Number.isNaN(arms[0]), "smooth galaxies are not asked for arms");
  assert.equal(arms[10], 0.9);
  assert.ok(Number.isNaN(arms[19]), "nine votes are too few");
  assert.equal(figure7Answers.length, 5);
  const table = new VoteTable(
    3,
    new Map([
      ["smooth-or-featured_featured-or-disk_fraction", Float64Array.of(0.6, 0.5, 0.6)],
      ["merging_total-votes", Float64Array.of(10, 30, 9)],
      ["merging_neither_fraction", Float64Array.of(0.7, 0.8, 0.9)],
    ]),
  );
  const neither = answerFractions(table, figure7Answers[4]);
  assert.deepEqual([...neither], [0.7, Number.NaN, Number.NaN], "ten are enough, half is not more than half");
});

test("Figure 7 has a violin of all, then one of each cluster by number but those left out", () => {
  const { kind, votes } = sky();
  const panels = violinPanels(
    votes,
    kind.map((k) => [5, 2, 9][k]),
    [9],
  );
  assert.deepEqual(
    panels.map((p) => [p.label, p.groups.map((g) => [g.label, g.values.length])]),
    [
      [
        "Features or disk",
        [
          ["all", 30],
          ["2", 10],
          ["5", 10],
        ],
      ],
    ],
  );
  assert.equal(panels[0].groups[1].values[0], 0.85);
  assert.throws(() => violinPanels(votes, [1]), /1 cluster numbers for 30 rows/);
});

test("without probabilities the members nearest the mean are typical, those farthest from it in doubt", () => {
  const features = matrix([[0], [4], [5], [6], [99], [20]]);
  const { exemplars, boundary } = typicalMembers({ features, members: [0, 1, 2, 3, 5], count: 2 });
  assert.deepEqual({ exemplars, boundary }, { exemplars: [3, 2], boundary: [5, 0] });
});

test("the report: lifts, a draft of Table 2, artefacts by votes, exemplars and boundary cases", () => {
  const { kind, votes, features } = sky();
  const probabilities = matrix(
    kind.map((k, i) =>
      [0, 1, 2].map((c) => (c === k ? (i === 14 ? 0.5 : i === 12 ? 0.9 : 1) : i === 14 ? 0.25 : 0)),
    ),
  );
  const report = clusterReport({ features, clusters: kind, probabilities, votes, examples: 9 });
  assert.deepEqual(
    report.clusters.map((c) => c.description),
    ["Predominantly ellipticals", "Almost entirely spiral galaxies", "Artefacts"],
  );
  assert.deepEqual([report.artefacts, report.votedArtefacts], [[2], [2]]);
  // Of ten spirals eight are certain, one nine in ten, one half.
  assert.ok(Math.abs(report.clusters[1].certainty! - 0.94) < 1e-12);
  assert.match(report.clusters[2].artefact!, /70% artefact \(all: 27%\)/);
  const smooth = report.clusters[0].lifts.find((l) => l.label === "smooth")!;
  assert.equal(smooth.n, 9);
  assert.ok(Math.abs(smooth.mean - 0.9) < 1e-12 && Math.abs(smooth.all - 0.4) < 1e-12);
  assert.ok(Math.abs(smooth.lift - 2.25) < 1e-12);
  const spirals = report.clusters[1];
  assert.deepEqual(spirals.boundary.slice(0, 2), [14, 12]);
  assert.ok(!spirals.exemplars.slice(0, 8).includes(14));
  assert.equal(spirals.exemplars[8], 12);
});

test("votes of fewer than one member in ten say nothing of a cluster: not its kind, not that it is spoilt", () => {
  const { kind, votes, features } = sky();
  // Nine of ten have votes in each of the three. With 80 others beside them nine of 90 do, with 81 of 91 too few.
  const beside = (others: number) => {
    const clusters = [...kind, ...[0, 1, 2].flatMap((k) => Array<number>(others).fill(k))];
    const more = (values: Float64Array) =>
      Float64Array.from(clusters, (_, i) => (i < kind.length ? values[i] : Number.NaN));
    const table = new VoteTable(
      clusters.length,
      new Map(votes.names.map((name) => [name, more(votes.column(name))])),
    );
    const x = matrix(clusters.map((k, i) => [...features.data.subarray(2 * (i % 30), 2 * (i % 30) + 2), k]));
    return clusterReport({ features: x, clusters, votes: table });
  };
  const enough = beside(80);
  assert.deepEqual(
    enough.clusters.map((c) => [c.description, c.purity?.kind]),
    [
      ["Predominantly ellipticals", "elliptical"],
      ["Almost entirely spiral galaxies", "spiral"],
      ["Artefacts", "artefact"],
    ],
  );
  const few = beside(81);
  assert.deepEqual(
    few.clusters.map((c) => [c.description, c.purity, c.artefact]),
    Array(3).fill(["Too few votes to tell", null, null]),
  );
  // Beside clusters that votes speak of, such a one is neither of one kind nor mixed.
  const silent = { ...few.clusters[0], cluster: 9 };
  const { clear, mixed } = proposeClusters({ ...enough, clusters: [...enough.clusters, silent] });
  assert.ok(![...clear, ...mixed].includes(9));
});

test("without votes, artefacts are proposed by how the images look", () => {
  const { kind, features } = sky();
  const looks = {
    names: ["dark share"],
    values: matrix(kind.map((k, i) => [k === 2 ? 0.99 : 0.3 + 0.01 * Math.sin(i)])),
  };
  const report = clusterReport({ features, clusters: kind, looks });
  assert.deepEqual([report.artefacts, report.votedArtefacts], [[2], []]);
  assert.match(report.clusters[2].artefact!, /dark share 0.99 where all have 0.3/);
  // Of two looks the one farther out is the evidence, wherever it stands.
  const both = matrix(
    kind.map((k, i) => [k === 2 ? 0.99 : 0.3 + 0.01 * Math.sin(i), k === 2 ? 0.7 : 0.3 + 0.01 * Math.sin(i)]),
  );
  const two = clusterReport({
    features,
    clusters: kind,
    looks: { names: ["dark share", "roughness"], values: both },
  });
  assert.match(two.clusters[2].artefact!, /^dark share/);
  assert.equal(report.clusters[0].description, "No votes", "none are not few");
  assert.equal(report.clusters[2].description, "Perhaps artefacts", "a look is a proposal");
  assert.throws(() => clusterReport({ features, clusters: [1, 2] }), /2 rows of clusters for 30 objects/);
  const named = (...names: string[]) =>
    clusterReport({ features, clusters: kind, looks: { ...looks, names } });
  assert.throws(() => named("dark shares"), /no look is called "dark shares"; there are mean brightness, /);
  assert.throws(() => named("dark share", "contrast"), /looks have 1 columns and 2 names/);
});

test("a small difference is no artefact however alike the others are, and most images never are", () => {
  const { kind, features } = sky();
  const called = (looks: (k: number, i: number) => number) =>
    clusterReport({
      features,
      clusters: kind,
      looks: { names: ["mean brightness"], values: matrix(kind.map((k, i) => [looks(k, i)])) },
    }).artefacts;
  const scatter = (i: number) => 0.001 * Math.sin(i);
  assert.deepEqual(
    called((k, i) => (k === 2 ? 0.1 : 0.2) + scatter(i)),
    [],
    "darker by a tenth",
  );
  assert.deepEqual(
    called((k, i) => (k === 2 ? 0.6 : 0.2) + scatter(i)),
    [2],
  );
  // Two of three clusters lie far from the median, one on each side.
  assert.deepEqual(
    called((k, i) => [0, 0.5, 1][k] + scatter(i)),
    [],
  );
});
