import { mergerDefaults } from "../data/votes/vote-cuts.js";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { checkMatrix, type Matrix, takeRows } from "../matrix.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import type { OnProgress } from "../progress-event.js";
import {
  type ActiveLearningLog,
  checkSameFeatures,
  type LoggedRound,
  logFormat,
} from "./active-learning-log.js";
import { checkSearchOptions } from "./check-search-options.js";
import { expectedImprovement, logExpectedImprovement } from "./expected-improvement.js";
import { highestImprovement } from "./highest-improvement.js";
import type { Oracle } from "./oracle.js";
import { searchDefaults } from "./search-defaults.js";
import { standardised } from "./standardised.js";
import { startingSample } from "./starting-sample.js";

/** What active learning needs of a regression: `GaussianProcessRegressor` is one. */
export interface ScoreModel {
  fit(x: Matrix, y: Float64Array): unknown;
  predict(x: Matrix): { mean: Float64Array; std: Float64Array };
  readonly lengthScale: number;
  readonly noiseLevel: number;
  readonly logMarginalLikelihood: number;
}

/** `searchDefaults` holds the paper's numbers. */
export interface ActiveLearningOptions {
  oracle: Oracle;
  /** Objects asked for in a round. */
  batch?: number;
  /** Labels after which it ends. */
  budget?: number;
  /** The trade-off of the expected improvement. */
  eta?: number;
  /** The first objects; default `searchDefaults.start` by `startingSample`. */
  start?: readonly number[];
  /** Standardise every feature first; default false, as the paper does nothing of the kind. */
  scaleFeatures?: boolean;
  /** A fresh regression for each round, with a name for the log; default the paper's Gaussian process. */
  model?: { name: string; create(): ScoreModel };
  /**
   * Answers the oracle may still owe when the next batch is chosen (default 0, the paper's loop), so that a person
   * need not wait for the refit: what is owed is learned a round later. The log replays either way.
   */
  ahead?: number;
  /**
   * The rows among which it asks; default all. Of a survey, where a round would predict 10^6 rows to find ten, a
   * sample does: `ei`, `mean` and `std` then belong to these rows, in this order, and `model` ranks the rest.
   */
  candidates?: ArrayLike<number>;
  /** Names of the objects, for the log. */
  ids?: readonly string[];
  /** Where the log goes; rewritten whole after every round. */
  log?: string;
  /** Continues after the first `rounds` rounds of an earlier run (default all of them): a resumed run or a fork. */
  from?: { log: ActiveLearningLog; rounds?: number };
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** The state after a round's labels were learned. */
export interface ActiveLearningRound {
  round: number;
  /** Row numbers answered in this round, in the order asked: highest acquisition first. */
  queried: number[];
  /** The oracle's answers; null, skipped. */
  scores: (number | null)[];
  /** Expected improvement of the queried when they were chosen; null in the starting sample. */
  acquisition: (number | null)[];
  /** Over all objects, or the candidates, after the refit. */
  ei: Float64Array;
  mean: Float64Array;
  std: Float64Array;
  lengthScale: number;
  noiseLevel: number;
  lml: number;
  /** Labels so far. */
  labelled: number;
  labels: ReadonlyMap<number, number>;
  /** The rows that `ei`, `mean` and `std` belong to; null, all of them in their order. */
  candidates: Uint32Array | null;
  /** The regression of this round. */
  model: ScoreModel;
  log: ActiveLearningLog;
}

const paperModel = {
  name: "GP, Matern 3/2 isotropic + white noise, alpha 1e-10",
  create: (): ScoreModel => new GaussianProcessRegressor({ alpha: 1e-10, seed: 0 }),
};

/**
 * The search of section 7.1: label a starting sample, fit a Gaussian process to the scores, ask for the `batch`
 * unlabelled objects of highest expected improvement, refit, until `budget` labels are given. Yields after every
 * refit; `ranking(round)` orders everything at any time.
 *
 * `features` are the PCA features [n, d]. The predicted std contains the white noise, as scikit-learn's does. Where the
 * expected improvement underflows to 0 its logarithm ranks (`logExpectedImprovement`; the paper's code takes equals
 * there); ties go to the lower row number. Everything is deterministic given the oracle's answers, so the log
 * replays to the bit (`replay`), and `from` forks it. Mirrors Astronomaly's loop (Lochner & Bassett 2021).
 */
export async function* activeLearning(
  features: Matrix,
  options: ActiveLearningOptions,
): AsyncGenerator<ActiveLearningRound, void, void> {
  checkMatrix(features, "activeLearning: features", 2);
  const { batch = searchDefaults.batch, eta = searchDefaults.eta } = options;
  const { scaleFeatures = false, model = paperModel, ahead = 0 } = options;
  const { from, ids, signal } = options;
  const n = features.shape[0];
  const budget = Math.min(options.budget ?? searchDefaults.budget, n);
  checkSearchOptions({ batch, budget, eta, ahead });
  const rows = options.candidates ? Uint32Array.from(options.candidates) : null;
  if (rows) checkRows([...rows], n, "candidates");
  const among = rows ? takeRows(features, rows) : features;
  const start = options.start
    ? [...options.start]
    : startingSample(among, Math.min(searchDefaults.start, budget, among.shape[0])).map((i) =>
        rows ? rows[i] : i,
      );
  checkRows(start, n, "starting sample");
  if (from) checkSameFeatures(features, from.log);
  const past = from ? from.log.rounds.slice(0, from.rounds ?? from.log.rounds.length) : [];
  const log: ActiveLearningLog = {
    format: logFormat,
    features: { shape: features.shape, digest: digest(features.data) },
    options: { batch, budget, eta, scaleFeatures, start, ahead, model: model.name },
    rounds: [],
  };
  if (rows) log.options.candidates = { rows: rows.length, digest: digest(rows) };
  const x = scaleFeatures ? standardised(features) : features;
  const pool = rows ? takeRows(x, rows) : x;
  const labels = new Map<number, number>();
  /** Everything asked for so far, with the expected improvement it was chosen for. */
  const asked = new Map<number, number | null>(start.map((i) => [i, null]));
  let open = start;
  for (let round = 0; open.length; round++) {
    signal?.throwIfAborted();
    const logged = past[round];
    const mayOwe = round === 0 || labels.size + open.length >= budget ? 0 : ahead;
    const answers = logged ? answersOf(logged) : await ask(options.oracle, open, mayOwe);
    for (const i of answers.keys()) if (!asked.has(i)) asked.set(i, acquisitionOf(logged, i));
    const queried = [...answers.keys()];
    const scores = [...answers.values()];
    const acquisition = queried.map((i) => asked.get(i)!);
    for (const [i, score] of answers) if (score !== null) labels.set(i, score);
    if (labels.size < 2)
      throw new Error("Fewer than two of the starting objects have a score; score some of them.");
    const known = [...labels.keys()];
    const y = Float64Array.from(known, (i) => labels.get(i)!);
    const gp = model.create();
    gp.fit(takeRows(x, known), y);
    const { mean, std } = gp.predict(pool);
    const yMax = Math.max(...y);
    const ei = expectedImprovement(mean, std, yMax, eta);
    const { lengthScale, noiseLevel, logMarginalLikelihood: lml } = gp;
    const entry: LoggedRound = {
      round,
      queried,
      acquisition,
      scores,
      lengthScale,
      noiseLevel,
      lml,
      digest: digest(mean),
    };
    if (ids) entry.ids = queried.map((i) => ids[i]);
    log.rounds.push(entry);
    if (options.log) await atomicWrite(options.log, `${JSON.stringify(log, null, 1)}\n`);
    options.onProgress?.({ done: labels.size, total: budget, note: `round ${round}` });
    const labelled = labels.size;
    const state = {
      lengthScale,
      noiseLevel,
      lml,
      labelled,
      labels: new Map(labels),
      candidates: rows,
      model: gp,
      log,
    };
    yield { round, queried, scores, acquisition, ei, mean, std, ...state };
    const owed = open.filter((i) => !answers.has(i));
    const logEi = logExpectedImprovement(mean, std, yMax, eta);
    const count = Math.min(batch, budget - labels.size - owed.length);
    const fresh = highestImprovement(ei, logEi, rows, asked, count);
    for (const { row, value } of fresh) asked.set(row, value);
    open = [...owed, ...fresh.map(({ row }) => row)];
  }
}

/**
 * Runs a log again with its own answers and fails at the first round that is not equal to the bit. Yields the
 * rounds, so that a figure can be drawn from a log alone.
 */
export async function* replay(
  features: Matrix,
  log: ActiveLearningLog,
  options: Pick<ActiveLearningOptions, "model" | "ids" | "candidates"> = {},
): AsyncGenerator<ActiveLearningRound, void, void> {
  checkSameFeatures(features, log);
  const { model, candidates: among, ...settings } = log.options;
  const { ahead } = settings;
  const given = options.candidates ? digest(Uint32Array.from(options.candidates)) : undefined;
  if (given !== among?.digest)
    throw new Error(
      among
        ? `The log was made among ${among.rows} candidates; pass the same to replay it.`
        : "The log was made among all objects; leave the candidates out to replay it.",
    );
  if ((options.model ?? paperModel).name !== model)
    throw new Error(`The log was made with the model "${model}"; pass that model to replay it.`);
  let r = 0;
  const oracle: Oracle = async (indices) => {
    const logged = log.rounds[r++];
    const answers = answersOf(logged);
    const stray = logged.queried.find((i) => !indices.includes(i));
    if (stray !== undefined || (!ahead && indices.length !== answers.size))
      throw new Error(`Round ${logged.round} asks for ${indices} where the log has ${logged.queried}.`);
    return indices.map((i) => answers.get(i));
  };
  for await (const round of activeLearning(features, { ...settings, ...options, oracle })) {
    const logged = log.rounds[round.round];
    if (round.log.rounds[round.round].digest !== logged.digest)
      throw new Error(`Round ${round.round} predicts otherwise than the log (digest ${logged.digest}).`);
    yield round;
    if (round.round + 1 === log.rounds.length) return;
  }
}

/**
 * All objects (or candidates), the most interesting first: by the predicted mean (the paper's ranking); with known
 * scores in place of the prediction where there are some ("given"); or without the objects that were labelled ("left
 * out"), since those the search cannot be credited with finding. Ties go to the lower row number.
 */
export function ranking(
  round: Pick<ActiveLearningRound, "mean" | "labels"> & Partial<Pick<ActiveLearningRound, "candidates">>,
  options: { known?: "predicted" | "given" | "left out" } = {},
): Uint32Array {
  const value = Float64Array.from(round.mean);
  const rows = round.candidates;
  if (options.known === "given")
    for (const [row, score] of round.labels) {
      const q = rows ? rows.indexOf(row) : row;
      if (q >= 0) value[q] = score;
    }
  const name = (q: number) => (rows ? rows[q] : q);
  const order = Uint32Array.from(value, (_, q) => q)
    .sort((a, b) => value[b] - value[a] || name(a) - name(b))
    .map(name);
  return options.known === "left out" ? order.filter((row) => !round.labels.has(row)) : order;
}

async function ask(oracle: Oracle, open: readonly number[], mayOwe: number): Promise<Answers> {
  const scores = await oracle(open, mayOwe);
  if (scores.length !== open.length)
    throw new Error(`The oracle gave ${scores.length} scores for ${open.length} objects.`);
  const answers: Answers = new Map();
  for (const [q, score] of scores.entries()) {
    if (score === undefined) continue;
    const highest = mergerDefaults.highestScore;
    if (score !== null && !(score >= 0 && score <= highest))
      throw new Error(`The oracle scored object ${open[q]} with ${score}; scores go from 0 to ${highest}.`);
    answers.set(open[q], score);
  }
  if (open.length - answers.size > mayOwe)
    throw new Error(`The oracle owes ${open.length - answers.size} answers of ${open.length}.`);
  return answers;
}

type Answers = Map<number, number | null>;

function answersOf(logged: LoggedRound): Answers {
  return new Map(logged.queried.map((i, q) => [i, logged.scores[q]]));
}

function acquisitionOf(logged: LoggedRound | undefined, i: number): number | null {
  return logged?.acquisition[logged.queried.indexOf(i)] ?? null;
}

function checkRows(rows: readonly number[], n: number, what: string): void {
  const seen = new Set<number>();
  const bad = rows.find((i) => !Number.isInteger(i) || i < 0 || i >= n || seen.size === seen.add(i).size);
  if (bad !== undefined || !rows.length)
    throw new Error(`The ${what} must be distinct row numbers below ${n}; it has ${bad ?? "none"}.`);
}
