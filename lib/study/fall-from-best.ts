import { mean } from "../mean.js";
import { knnDefaults } from "../models/knn.js";
import { type PairedDifference, pairedDifference } from "../models/paired-difference.js";
import { Random } from "../random.js";
import type { Accuracy } from "./epoch-judge.js";

/** How far a run's last epoch lies below its best one, and how much of that picking the best explains. */
export interface FallFromBest {
  /** The epoch of the highest accuracy after training began, and the last one. */
  best: number;
  last: number;
  /** Epochs among which the best was picked. */
  epochs: number;
  /** Accuracy of the best less that of the last. */
  fall: number;
  /** The same over the splits, which both share; as if these two epochs had been named beforehand. */
  paired: PairedDifference;
  /** The fall to expect of a curve that is flat: the best of several noisy epochs above the last of them. */
  selection: number;
  /** How often a flat curve falls as far or farther. */
  p: number;
}

const DRAWS = 10_000;

/**
 * Whether the accuracy falls from its best epoch to the last, or the best one was only lucky. The best of several
 * epochs is picked by the same galaxies that judge it, so it lies above the last even where the network stays as good
 * as it was.
 *
 * What a flat curve does is drawn at random: epochs of one true accuracy whose errors have the covariance of the
 * epochs' accuracies over the splits, times 1/J + test/train as in `pairedDifference` (J splits share their galaxies;
 * Nadeau & Bengio 2003). Epochs that err alike, since they are judged on the same splits, do so in the draws too, and
 * what is common to all drops out of the difference. So the errors are those of galaxies and splits; another seed of
 * the training is a scatter of its own that one run does not show.
 *
 * Null where fewer than two epochs after training began kept their accuracies by split.
 */
export function fallFromBest(
  epochs: readonly { epoch: number; knn: Accuracy | null }[],
  { seed = 0, testShare = knnDefaults.testSize } = {},
): FallFromBest | null {
  const judged = epochs.flatMap(({ epoch, knn }) => {
    const splits = knn?.splits;
    return epoch > 0 && splits && splits.length > 1 ? [{ epoch, mean: knn.mean, splits }] : [];
  });
  const trained = epochs.filter((e) => e.epoch > 0 && e.knn);
  if (judged.length < 2 || judged.length < trained.length) return null;
  const [J, odd] = [judged[0].splits.length, judged.find((e) => e.splits.length !== judged[0].splits.length)];
  if (odd)
    throw new Error(
      `fallFromBest: epoch ${odd.epoch} has ${odd.splits.length} splits and epoch ${judged[0].epoch} has ${J}.`,
    );
  const last = judged.at(-1)!;
  const best = judged.reduce((a, b) => (b.mean > a.mean ? b : a));
  const fall = best.mean - last.mean;
  const differences = best.splits.map((value, j) => value - last.splits[j]);
  const paired = pairedDifference([{ mean: fall, splits: differences }], testShare);

  const scale = (1 / J + testShare / (1 - testShare)) / (J - 1);
  const centred = judged.map(({ splits }) => {
    const centre = mean(splits);
    return splits.map((value) => value - centre);
  });
  const factor = semidefiniteFactor(
    centred.map((a) => centred.map((b) => scale * a.reduce((sum, value, j) => sum + value * b[j], 0))),
  );
  const random = new Random(seed).fork("flat-curve");
  const falls = Float64Array.from({ length: DRAWS }, () => {
    const luck = factor.map(() => random.normal());
    const errors = factor.map((row) => row.reduce((sum, value, k) => sum + value * luck[k], 0));
    return Math.max(...errors) - errors.at(-1)!;
  });
  // The least difference of two accuracies counts as equal, whatever the last digits of their means.
  const p = falls.reduce((count, value) => count + (value >= fall - 1e-12 ? 1 : 0), 0) / DRAWS;
  return {
    best: best.epoch,
    last: last.epoch,
    epochs: judged.length,
    fall,
    paired,
    selection: mean(falls),
    p,
  };
}

/** What a reader is told of it, in sentences; `name` is whose curve it is. */
export function fallInWords(name: string, found: FallFromBest): string {
  const { best, last, epochs, fall, paired, selection, p } = found;
  const to3 = (value: number) => value.toFixed(3);
  if (best === last) return `${name}: of ${epochs} epochs the last is the best: there is no fall.`;
  const often = p < 0.001 ? "less than once in 1000" : `${Math.round(1000 * p) / 10} times in 100`;
  const pair = paired.p < 0.001 ? "p < 0.001" : `p = ${paired.p.toFixed(paired.p < 0.1 ? 3 : 2)}`;
  return [
    `${name}: epoch ${best} is the best of ${epochs}, ${to3(fall)} above epoch ${last}.`,
    `Over the same splits the two differ by ${to3(paired.mean)} ± ${to3(paired.error)}`,
    `(${pair}, as if they had been named beforehand).`,
    `On a flat curve the best of ${epochs} epochs, being picked, lies ${to3(selection)} above the last on average,`,
    `and as far as here or farther ${often}:`,
    p > 0.05
      ? "no fall is shown."
      : `luck alone does not explain it; about ${to3(Math.max(0, fall - selection))} of it is a fall of the network.`,
  ].join(" ");
}

/** Lower triangle L with L Lᵀ the given covariance (Cholesky); rows that depend on those before get no luck of their own. */
function semidefiniteFactor(covariance: readonly (readonly number[])[]): Float64Array[] {
  const rows = covariance.map((row) => new Float64Array(row.length));
  const least = 1e-12 * Math.max(...covariance.map((row, i) => row[i]));
  for (let j = 0; j < rows.length; j++) {
    const left = (i: number) => {
      let value = covariance[i][j];
      for (let k = 0; k < j; k++) value -= rows[i][k] * rows[j][k];
      return value;
    };
    const pivot = left(j);
    if (pivot <= least) continue;
    for (let i = j; i < rows.length; i++) rows[i][j] = left(i) / Math.sqrt(pivot);
  }
  return rows;
}
