import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type ActiveLearningOptions,
  type ActiveLearningRound,
  activeLearning,
  ranking,
  replay,
} from "../../lib/discovery/active-learning.js";
import { compareLogs, readLog } from "../../lib/discovery/active-learning-log.js";
import { dominanceInWords, dominantQuery, queryCounts } from "../../lib/discovery/dominant-query.js";
import {
  expectedImprovement,
  logExpectedImprovement,
  normalCdf,
} from "../../lib/discovery/expected-improvement.js";
import { voteOracle } from "../../lib/discovery/oracle.js";
import { chanceInterval, recallAt, recallCurve } from "../../lib/discovery/recall-curve.js";
import { standardised } from "../../lib/discovery/standardised.js";
import type { Matrix } from "../../lib/matrix.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";

interface Golden {
  settings: { batch: number; budget: number; eta: number; every: number };
  shape: [number, number];
  features: number[];
  scores: number[];
  rounds: {
    queried: number[];
    lengthScale: number;
    noiseLevel: number;
    lml: number;
    ei: number[];
    mean: number[];
    std: number[];
  }[];
  ranking: number[];
  normalCdf: Record<string, number>;
}

const golden: Golden = JSON.parse(await readFile("test/reference/discovery-active-learning.json", "utf8"));
const features: Matrix = { data: Float64Array.from(golden.features), shape: golden.shape };
const { batch, budget, eta, every } = golden.settings;

async function run(options: Partial<ActiveLearningOptions> = {}): Promise<ActiveLearningRound[]> {
  const rounds: ActiveLearningRound[] = [];
  const oracle = voteOracle(golden.scores);
  for await (const r of activeLearning(features, { oracle, batch, budget, eta, ...options })) rounds.push(r);
  return rounds;
}

const near = (mine: number, reference: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(mine - reference) <= tolerance, `${what}: ${mine} where the reference has ${reference}`);

test("the normal distribution is scipy's to 1e-12 of its value in both tails", () => {
  for (const [z, value] of Object.entries(golden.normalCdf))
    near(normalCdf(Number(z)) / value, 1, 1e-12, `Phi(${z})`);
});

test("expected improvement: by hand, and zero where nothing is uncertain", () => {
  // mean = y_max + eta: EI = sigma phi(0)
  near(expectedImprovement([3.5], [2], 3, 0.5)[0], 2 / Math.sqrt(2 * Math.PI), 1e-15, "EI");
  assert.equal(expectedImprovement([9], [0], 3)[0], 0);
  assert.throws(() => expectedImprovement([1, 2], [1], 0), /2 means but 1 standard/);
});

test("log EI is the logarithm of EI, and goes on where EI is 0", () => {
  for (const z of [2, 0, -5, -20, -29.9, -30.1, -36]) {
    const [mean, std] = [[3.5 + 0.1 * z], [0.1]];
    const log = Math.log(expectedImprovement(mean, std, 3, 0.5)[0]);
    // Its two terms cancel to 1 / z^2 of themselves; from -30 down the asymptote is right to 15 / z^4.
    near(logExpectedImprovement(mean, std, 3, 0.5)[0], log, z < -30 ? 2e-5 : 1e-10, `log EI at z = ${z}`);
  }
  // log 0.1 + log phi(150) - 2 log 150 + log1p(-3 / 150^2), by Python.
  assert.equal(expectedImprovement([-14.5], [0.1], 0, 0.5)[0], 0);
  near(logExpectedImprovement([-14.5], [0.1], 0, 0.5)[0], -11263.243, 1e-3, "log EI at z = -150");
  assert.equal(logExpectedImprovement([9], [0], 3)[0], Number.NEGATIVE_INFINITY);
});

test("rare things are found though no first object is one: EI is 0 everywhere, its logarithm ranks", async () => {
  const [n, d] = [600, 5];
  const rare = (i: number) => i >= 560;
  const random = new Random(4);
  const data = Float64Array.from({ length: n * d }, (_, at) => {
    const shift = at % d === 2 && rare(Math.floor(at / d)) ? 3 : 0;
    return random.normal() + shift;
  });
  const oracle: ActiveLearningOptions["oracle"] = async (rows) => rows.map((i) => (rare(i) ? 5 : 0));
  let found = 0;
  for await (const r of activeLearning({ data, shape: [n, d] }, { oracle, budget: 200 })) {
    if (r.round === 0) assert.ok(r.ei.every((value) => value === 0));
    if (r.round === 1) assert.ok(r.acquisition.every((value) => value === 0));
    found += r.scores.filter((score) => score === 5).length;
  }
  // By the order of the catalogue, where they come last, it was none.
  assert.ok(found >= 36, `${found} of 40 found`);
});

test("every round equals scikit-learn's: queries exactly, EI, mean and std to 1e-6, and the final ranking", async () => {
  const rounds = await run();
  assert.equal(rounds.length, golden.rounds.length);
  rounds.forEach((r, k) => {
    const g = golden.rounds[k];
    assert.deepEqual(r.queried, g.queried, `queries of round ${k}`);
    // Both optimisers stop within about 1e-7 of the same maximum; predictions depend on it smoothly.
    near(Math.log(r.lengthScale), Math.log(g.lengthScale), 1e-5, `length scale of round ${k}`);
    near(r.lml, g.lml, 1e-7, `log marginal likelihood of round ${k}`);
    for (const name of ["ei", "mean", "std"] as const)
      g[name].forEach((value, i) => {
        near(r[name][i * every], value, 1e-6, `${name} of object ${i * every} in round ${k}`);
      });
  });
  assert.deepEqual([...ranking(rounds[rounds.length - 1])], golden.ranking);
});

test("the search finds what it was taught to want", async () => {
  const rounds = await run();
  const curve = recallCurve(
    ranking(rounds[rounds.length - 1]),
    golden.scores.map((s) => s >= 3),
  );
  assert.ok(recallAt(curve, 2 * curve.total) > 0.9, `recall ${recallAt(curve, 2 * curve.total)}`);
  assert.ok(curve.random[2 * curve.total] < 0.4 * curve.total);
});

test("a log replays to the bit, resumes exactly, and forks", async (t) => {
  const path = join(scratch(t), "log.json");
  const rounds = await run({ log: path, budget: 50, ids: golden.scores.map((_, i) => `J${i}`) });
  const log = await readLog(path);
  assert.equal(log.rounds.length, rounds.length);
  assert.equal(log.rounds[1].ids?.[0], `J${log.rounds[1].queried[0]}`);
  const again: ActiveLearningRound[] = [];
  for await (const r of replay(features, log)) again.push(r);
  assert.deepEqual(
    again.map((r) => [r.queried, [...r.mean], [...r.ei]]),
    rounds.map((r) => [r.queried, [...r.mean], [...r.ei]]),
  );

  const resumed = await run({ budget: 50, from: { log, rounds: 2 } });
  assert.equal(compareLogs(resumed[resumed.length - 1].log, log).firstDifference, null);

  const fork = await run({ budget: 50, eta: 3, from: { log, rounds: 2 } });
  const parted = compareLogs(fork[fork.length - 1].log, log);
  assert.equal(parted.firstDifference, 2, "the fork's first own round");
  assert.equal(parted.shared + parted.onlyFirst, 50);

  log.rounds[2].queried[0] = 399 - log.rounds[2].queried[0];
  await assert.rejects(async () => {
    for await (const _ of replay(features, log));
  }, /Round 2 asks for/);
  const other: Matrix = { data: features.data.map((v) => v + 1), shape: features.shape };
  await assert.rejects(async () => {
    for await (const _ of replay(other, log));
  }, /other features/);
});

test("skipped objects are not learned from and not asked for again", async () => {
  const skipped = new Set<number>();
  const rounds = await run({
    budget: 40,
    oracle: async (indices) =>
      indices.map((i) => {
        if (i % 4) return golden.scores[i];
        skipped.add(i);
        return null;
      }),
  });
  const asked = rounds.flatMap((r) => r.queried);
  assert.equal(new Set(asked).size, asked.length);
  const last = rounds[rounds.length - 1];
  assert.ok(skipped.size > 0 && [...skipped].every((i) => !last.labels.has(i)));
  assert.equal(last.labelled, 40);
});

test("answers owed are asked for again with the next batch, and such a run replays too", async () => {
  const owing: ActiveLearningOptions["oracle"] = async (indices, mayOwe) =>
    indices.map((i, q) => (q < indices.length - mayOwe ? golden.scores[i] : undefined));
  const rounds = await run({ budget: 40, ahead: 3, oracle: owing });
  assert.deepEqual(
    rounds.map((r) => r.queried.length),
    [10, 7, 10, 13],
  );
  const asked = rounds.flatMap((r) => r.queried);
  assert.equal(new Set(asked).size, 40);
  const { log } = rounds[rounds.length - 1];
  let replayed = 0;
  for await (const r of replay(features, log)) assert.deepEqual([...r.mean], [...rounds[replayed++].mean]);
  assert.equal(replayed, rounds.length);
  const short = await run({ budget: 35, ahead: 3, oracle: owing });
  assert.equal(short.at(-1)!.labelled, 35, "what is owed counts in the budget");
  await assert.rejects(run({ oracle: async (i) => i.map(() => undefined) }), /owes 10 answers/);
});

test("ablations: scaled features change the search, given scores outrank predictions", async () => {
  const plain = await run({ budget: 30 });
  const scaled = await run({ budget: 30, scaleFeatures: true });
  assert.notDeepEqual([...scaled[2].mean], [...plain[2].mean]);
  const given = [...ranking(plain[2], { known: "given" })];
  const scoresInOrder = given.filter((i) => plain[2].labels.has(i)).map((i) => plain[2].labels.get(i)!);
  assert.deepEqual(
    scoresInOrder,
    scoresInOrder.slice().sort((a, b) => b - a),
  );
  assert.notDeepEqual(given, [...ranking(plain[2])]);
});

test("what was labelled is not credited as found: the ranking without it, and recall over the rest alone", async () => {
  const last = (await run({ budget: 30 })).at(-1)!;
  const truth = golden.scores.map((s) => s >= 3);
  const unseen = ranking(last, { known: "left out" });
  assert.deepEqual(
    [...unseen],
    [...ranking(last)].filter((i) => !last.labels.has(i)),
  );
  const curve = recallCurve(unseen, truth);
  assert.equal(curve.found.length, golden.shape[0] - 30);
  assert.equal(curve.total, truth.filter((t, i) => t && !last.labels.has(i)).length);
  assert.throws(() => recallCurve([0, 9], [1, 0]), /row 9 is ranked, but there are 2 truths/);
});

test("the interval of chance is scipy.stats.hypergeom.interval(0.95), within the support", () => {
  const curve = (n: number, total: number) => ({ found: new Uint32Array(n), total });
  // hypergeom(n, total, k).ppf([0.025, 0.975]), scipy 1.10.1
  for (const [n, total, k, low, high] of [
    [1785, 84, 84, 1, 8],
    [1785, 84, 1, 0, 1],
    [1785, 84, 1785, 84, 84],
    [65090, 4900, 200, 8, 23],
    [20, 15, 10, 6, 9],
    [10, 10, 4, 4, 4],
    [1000, 3, 500, 0, 3],
  ])
    assert.deepEqual(
      chanceInterval(curve(n, total), k),
      { mean: (k * total) / n, low, high },
      `${n}, ${total}, ${k}`,
    );
  assert.throws(() => chanceInterval(curve(5, 2), 6), /looks at 0 to 5, not at 6/);
});

test("mergers dominate from the first of two queries in a row that hold more of them; the start is query 1", () => {
  const truth = [1, 1, 1, 1, 0, 0, 0, 0, 1, 1];
  const rounds = [
    [4, 5, 0],
    [0, 1, 4],
    [6, 7, 4],
    [2, 3, 5],
    [8, 9, 6],
  ].map((queried) => ({ queried }));
  const counts = queryCounts(rounds, truth);
  assert.deepEqual(counts[1], { query: 2, labelled: 3, asked: 3, found: 2 });
  assert.equal(dominantQuery(counts), 4, "query 2 is not followed by another");
  assert.equal(dominantQuery(counts.slice(0, 4)), null);
  assert.match(dominanceInWords(counts.slice(0, 4)), /never/);
  assert.equal(dominanceInWords(counts), "They dominate two queries running from query 4, the last but one.");
  // A search of notebook 07: mergers dominate once more after the two, which "from query 8 on" denied.
  const found = [1, 3, 1, 4, 9, 4, 3, 7, 6, 3, 5, 6, 4, 3, 5, 2, 3, 2, 5, 4];
  const search = found.map((f, q) => ({ query: q + 1, labelled: 10 * q, asked: 10, found: f }));
  assert.equal(
    dominanceInWords(search),
    "They dominate two queries running from query 8, and 1 of the 11 after these two.",
  );
});

test("an oracle that answers nonsense is refused by name", async () => {
  await assert.rejects(run({ oracle: async () => [1] }), /gave 1 scores for 10/);
  const one = run({ oracle: async (i) => i.map((_, q) => (q ? null : 3)) });
  await assert.rejects(one, /Fewer than two of the starting objects/);
  await assert.rejects(run({ oracle: async (i) => i.map(() => 7) }), /with 7; scores go from 0 to 5/);
  await assert.rejects(run({ oracle: async (i) => i.map(() => -0.5) }), /with -0.5; scores go from 0 to 5/);
  await assert.rejects(run({ start: [3, 3] }), /distinct row numbers/);
  await assert.rejects(run({ start: [0, golden.shape[0]] }), /distinct row numbers/);
});

test("options with which a search would end at once or ask by the catalogue are refused by name", async () => {
  await assert.rejects(run({ eta: Number.NaN }), /eta is NaN; give a number/);
  for (const batch of [0, -1, 2.5, Number.NaN])
    await assert.rejects(run({ batch }), new RegExp(`batch is ${batch}; give a whole number of at least 1`));
  await assert.rejects(run({ budget: Number.NaN }), /budget is NaN/);
  await assert.rejects(run({ budget: 1 }), /budget is 1; give a whole number of at least 2/);
  await assert.rejects(run({ ahead: -1 }), /ahead is -1/);
  const curve = recallCurve([1, 0], [0, 1]);
  assert.equal(recallAt(curve, 9), 1);
  assert.deepEqual(
    [1, 2, 3].map((k) => recallAt(recallCurve([0, 1, 2], [0, 1, 1]), k)),
    [0, 0.5, 1],
  );
  for (const k of [0, 2.5, Number.NaN])
    assert.throws(() => recallAt(curve, k), new RegExp(`k is ${k}; give`));
});

test("equal predictions rank by row, also among candidates; a constant feature is standardised to zero", () => {
  const mean = Float64Array.of(1, 2, 2, 1);
  const labels = new Map<number, number>();
  assert.deepEqual([...ranking({ mean, labels })], [1, 2, 0, 3]);
  assert.deepEqual([...ranking({ mean, labels, candidates: Uint32Array.of(9, 7, 5, 3) })], [5, 7, 3, 9]);
  assert.deepEqual(
    [...standardised({ data: Float64Array.of(1, 5, 3, 5), shape: [2, 2] }).data],
    [-1, 0, 1, 0],
  );
});

test("among candidates it asks, ranks and replays as if nothing else were there, by the rows of the whole", async () => {
  const [n, d] = golden.shape;
  const candidates = Uint32Array.from({ length: n }, (_, i) => i).filter((i) => i % 2 === 1);
  const half: Matrix = {
    data: Float64Array.from([...candidates].flatMap((i) => golden.features.slice(i * d, (i + 1) * d))),
    shape: [candidates.length, d],
  };
  const alone: ActiveLearningRound[] = [];
  const oracle = voteOracle([...candidates].map((i) => golden.scores[i]));
  for await (const r of activeLearning(half, { oracle, batch, budget, eta })) alone.push(r);
  const rounds = await run({ candidates });
  assert.deepEqual(
    rounds.map((r) => r.queried),
    alone.map((r) => r.queried.map((i) => candidates[i])),
  );
  const last = rounds.at(-1)!;
  assert.deepEqual([...last.mean], [...alone.at(-1)!.mean]);
  assert.deepEqual(
    [...ranking(last)],
    [...ranking(alone.at(-1)!)].map((i) => candidates[i]),
  );
  assert.equal(ranking(last, { known: "given" }).length, candidates.length);
  // The model of a round scores everything else.
  assert.equal(last.model.predict(features).mean.length, n);
  let count = 0;
  for await (const _ of replay(features, last.log, { candidates })) count++;
  assert.equal(count, rounds.length);
  await assert.rejects(replay(features, last.log).next(), /among .* candidates; pass the same/);
  await assert.rejects(run({ candidates: [1, 1] }), /candidates must be distinct row numbers.*has 1/);
});
