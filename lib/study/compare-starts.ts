import { mean } from "../mean.js";
import { knnDefaults } from "../models/knn.js";
import { holm, type PairedDifference, pairedDifference } from "../models/paired-difference.js";
import type { Accuracy } from "./epoch-judge.js";

/** One training: from a start of the weights, with a seed, as it was reported. */
export interface StartRun {
  name: string;
  seed: number;
  epochs: readonly { epoch: number; knn: Accuracy | null }[];
}

export interface ComparedStart {
  name: string;
  /** Mean accuracy before training, and over the epochs compared; both over the seeds. */
  untrained: number;
  trained: number;
  /** The best and the worst place it can have: the same where every other start is told from it. */
  best: number;
  worst: number;
}

/** `first` minus `second`, with Holm's p of all pairs. */
export interface ComparedPair extends PairedDifference {
  first: string;
  second: string;
  /** Whether the two are told apart: p of at most `level`. */
  apart: boolean;
}

export interface ComparedStarts {
  /** The highest accuracy first. */
  starts: ComparedStart[];
  pairs: ComparedPair[];
  seeds: number[];
  /** The epochs over which accuracies are averaged. */
  from: number;
  to: number;
  /** The rule, in words. */
  rule: string;
}

/** At most so many of the last epochs that all runs have are averaged, as Fig. 14 is read. */
const LAST = 10;
const level = 0.05;

/**
 * Section 8.2: which start of the weights is better. Compared is each start's mean KNN accuracy over the last ten
 * epochs that every run has (those after training began, where there are some), paired by split and seed
 * (`pairedDifference`); all pairs are looked at together (`holm`). A start has the places from one more than the number
 * of those told to be better to those not told to be worse, so what is not told apart shares places.
 *
 * Every start needs a run of every seed.
 */
export function compareStarts(runs: readonly StartRun[]): ComparedStarts {
  const names = [...new Set(runs.map((r) => r.name))];
  const seeds = [...new Set(runs.map((r) => r.seed))].sort((a, b) => a - b);
  const of = (name: string, seed: number) => {
    const run = runs.find((r) => r.name === name && r.seed === seed);
    if (!run) throw new Error(`compareStarts: there is no run of ${name} with seed ${seed}.`);
    return run;
  };
  for (const name of names) for (const seed of seeds) of(name, seed);
  if (!runs.length) throw new Error("compareStarts: there are no runs to compare.");
  const to = Math.min(...runs.map((r) => Math.max(...r.epochs.map((e) => e.epoch))));
  const from = Math.min(to, Math.max(1, to - LAST + 1));
  const judged = (run: StartRun, first: number, last: number) =>
    run.epochs.filter((e) => e.epoch >= first && e.epoch <= last && e.knn);
  const accuracy = (run: StartRun, first = from, last = to) => {
    const epochs = judged(run, first, last);
    if (!epochs.length)
      throw new Error(
        `compareStarts: ${run.name}, seed ${run.seed}: epochs ${first} to ${last} have no accuracy.`,
      );
    return mean(epochs.map((e) => e.knn!.mean));
  };

  /** Differences by split, averaged over those of the epochs in which both kept them. */
  const splitsOf = (a: StartRun, b: StartRun): number[] | null => {
    const differences = judged(a, from, to).flatMap(({ epoch, knn }) => {
      const other = judged(b, epoch, epoch)[0]?.knn?.splits;
      return knn?.splits && other?.length === knn.splits.length
        ? [knn.splits.map((value, k) => value - other[k])]
        : [];
    });
    return differences.length ? differences[0].map((_, k) => mean(differences.map((d) => d[k]))) : null;
  };

  const means = names.map((name) => mean(seeds.map((seed) => accuracy(of(name, seed)))));
  const order = names.map((_, i) => i).sort((a, b) => means[b] - means[a]);
  const couples = order.flatMap((i, k) => order.slice(k + 1).map((j) => [i, j] as const));
  const differences = couples.map(([i, j]) => {
    const paired = seeds.map((seed) => {
      const [a, b] = [of(names[i], seed), of(names[j], seed)];
      return { mean: accuracy(a) - accuracy(b), splits: splitsOf(a, b) };
    });
    return pairedDifference(paired, knnDefaults.testSize);
  });
  const corrected = holm(differences.map((d) => d.p));
  const pairs = couples.map(([i, j], k) => {
    const p = corrected[k];
    return { first: names[i], second: names[j], ...differences[k], p, apart: p <= level };
  });
  const starts = order.map((i) => {
    const name = names[i];
    return {
      name,
      untrained: mean(seeds.map((seed) => accuracy(of(name, seed), 0, 0))),
      trained: means[i],
      best: 1 + pairs.filter((p) => p.second === name && p.apart).length,
      worst: names.length - pairs.filter((p) => p.first === name && p.apart).length,
    };
  });
  return { starts, pairs, seeds, from, to, rule: ruleInWords(seeds, from, to) };
}

function ruleInWords(seeds: readonly number[], from: number, to: number): string {
  const epochs = from === to ? `epoch ${to}` : `epochs ${from} to ${to}`;
  const several = seeds.length > 1;
  const over = several
    ? `splits (Nadeau & Bengio's correction) and over the ${seeds.length} seeds ${seeds.join(", ")}`
    : `splits (Nadeau & Bengio's correction) of the one seed ${seeds[0]}, which tells nothing of other seeds`;
  return (
    `Mean accuracy of ${epochs}. Two starts are told apart where their paired difference over ${over} ` +
    `has p <= ${level} in Student's t, after Holm's correction for all pairs; others share places.`
  );
}
