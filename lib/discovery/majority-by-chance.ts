import { mean } from "../mean.js";
import { Random } from "../random.js";
import { majorityAccuracy } from "./majority-accuracy.js";

/**
 * What `majorityAccuracy` gives where clusters tell nothing: the mean over labels dealt out anew among the objects that
 * have one. It exceeds the share of the commonest class, the more so the more and the smaller the clusters are, since
 * the majority of a few objects is as large as luck makes it: the number to hold an accuracy of named clusters against.
 */
export function majorityByChance(
  labels: readonly (string | null)[],
  clusters: ArrayLike<number>,
  leftOut: readonly number[] = [],
  { draws = 100, seed = 0 } = {},
): number {
  if (!(Number.isInteger(draws) && draws >= 1))
    throw new Error(`majorityByChance: draws is ${draws}; give a whole number of at least 1.`);
  const classed = [...labels.keys()].filter((i) => labels[i] !== null);
  const random = new Random(seed).fork("majority-by-chance");
  const accuracies = Array.from({ length: draws }, () => {
    const dealt: (string | null)[] = labels.map(() => null);
    random.permutation(classed.length).forEach((from, to) => {
      dealt[classed[to]] = labels[classed[from]];
    });
    return majorityAccuracy(dealt, clusters, leftOut).accuracy;
  });
  return mean(accuracies);
}
