import { readFile } from "node:fs/promises";
import { digest } from "../digest.js";
import type { Matrix } from "../matrix.js";

/** One round as it is kept: enough to repeat it, to continue from it, and to see whether a repeat is equal. */
export interface LoggedRound {
  round: number;
  /** Row numbers in the order asked, with their ids where the run had them. */
  queried: number[];
  ids?: string[];
  /** Expected improvement of each when it was chosen; null in the starting sample. */
  acquisition: (number | null)[];
  scores: (number | null)[];
  lengthScale: number;
  noiseLevel: number;
  lml: number;
  /** Digest of the predicted mean of every object: equal digests are equal to the bit. */
  digest: string;
}

/** By which a log is known, with its version. */
export const logFormat = "latent-sky active learning 1";

export interface ActiveLearningLog {
  format: typeof logFormat;
  features: { shape: [number, number]; digest: string };
  options: {
    batch: number;
    budget: number;
    eta: number;
    scaleFeatures: boolean;
    start: number[];
    ahead: number;
    model: string;
    /** The rows among which it asked, where those were not all. */
    candidates?: { rows: number; digest: string };
  };
  rounds: LoggedRound[];
}

/** Reads a log; fails with a sentence if the file is none. */
export async function readLog(path: string): Promise<ActiveLearningLog> {
  const text = await readFile(path, "utf8");
  let log: ActiveLearningLog | null;
  try {
    log = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is damaged: it is not JSON; take a copy of it, or start the search anew.`, {
      cause,
    });
  }
  if (log?.format !== logFormat) throw new Error(`${path} is not an active-learning log of this version.`);
  const { features, options, rounds } = log;
  const objects = features?.shape?.[0];
  const isRow = (row: unknown) => Number.isInteger(row) && Number(row) >= 0 && Number(row) < objects;
  const isWholeRound = (r: LoggedRound) =>
    Array.isArray(r?.queried) &&
    Array.isArray(r.scores) &&
    Array.isArray(r.acquisition) &&
    r.scores.length === r.queried.length &&
    r.queried.every(isRow) &&
    r.scores.every((score) => score === null || Number.isFinite(score));
  const whole =
    Array.isArray(features?.shape) &&
    typeof features.digest === "string" &&
    Array.isArray(options?.start) &&
    options.start.every(isRow) &&
    Array.isArray(rounds) &&
    rounds.every(isWholeRound);
  if (!whole)
    throw new Error(
      `${path} is damaged: its rounds or options are missing, or name no object of its features; take a copy, or start the search anew.`,
    );
  return log;
}

/** Fails unless the log was made from these features. */
export function checkSameFeatures(features: Matrix, log: ActiveLearningLog): void {
  if (digest(features.data) !== log.features.digest)
    throw new Error(
      `The log belongs to other features ([${log.features.shape}], digest ${log.features.digest}); load those, or start anew.`,
    );
}

/** Where two runs part, and how much they share all the same. */
export interface LogComparison {
  /** The first round whose queries, scores or predictions differ; null, the runs are equal to the bit. */
  firstDifference: number | null;
  /** Objects both asked for. */
  shared: number;
  onlyFirst: number;
  onlySecond: number;
}

/** How two searches, such as a search and its fork, went different ways. */
export function compareLogs(a: ActiveLearningLog, b: ActiveLearningLog): LogComparison {
  const same = (p?: LoggedRound, q?: LoggedRound) =>
    p && q && `${p.queried}|${p.scores}|${p.digest}` === `${q.queried}|${q.scores}|${q.digest}`;
  const rounds = Math.max(a.rounds.length, b.rounds.length);
  const at = Array.from({ length: rounds }, (_, r) => r).find((r) => !same(a.rounds[r], b.rounds[r]));
  const asked = (log: ActiveLearningLog) => new Set(log.rounds.flatMap((r) => r.queried));
  const first = asked(a);
  const second = asked(b);
  const shared = [...first].filter((i) => second.has(i)).length;
  return {
    firstDifference: at ?? null,
    shared,
    onlyFirst: first.size - shared,
    onlySecond: second.size - shared,
  };
}
