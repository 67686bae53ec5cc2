import { logGamma } from "../models/special-functions.js";

/** How well a ranking finds what is sought. */
export interface RecallCurve {
  /** found[i], the true ones among the first i + 1. */
  found: Uint32Array;
  /** All true ones among what was ranked. */
  total: number;
  /** What a random order finds on average, and what a perfect one does. */
  random: Float64Array;
  perfect: Uint32Array;
}

/**
 * Fig. 8: the number of true objects among the first i + 1 of a ranking, with its two references. `truth` has an entry
 * for every row; the ranking may hold some of the rows only, such as those never labelled.
 */
export function recallCurve(ranking: ArrayLike<number>, truth: ArrayLike<boolean | number>): RecallCurve {
  const n = ranking.length;
  const found = new Uint32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (!(ranking[i] < truth.length))
      throw new Error(`recallCurve: row ${ranking[i]} is ranked, but there are ${truth.length} truths.`);
    found[i] = truth[ranking[i]] ? ++count : count;
  }
  return {
    found,
    total: count,
    random: Float64Array.from(found, (_, i) => ((i + 1) * count) / n),
    perfect: Uint32Array.from(found, (_, i) => Math.min(i + 1, count)),
  };
}

/** The share of the true ones within the first `k` of the ranking; beyond its end, within all of it. */
export function recallAt(curve: RecallCurve, k: number): number {
  if (!curve.total) throw new Error("recallAt: there is nothing to be found.");
  if (!(Number.isInteger(k) && k >= 1))
    throw new Error(
      `recallAt: k is ${k}; give how many of the ranking are looked at, a whole number from 1.`,
    );
  return curve.found[Math.min(k, curve.found.length) - 1] / curve.total;
}

/**
 * How many times more true ones a ranking finds than a random order does, where one looks at as many objects as there
 * are true ones. No ranking gives more than n / total.
 */
export function timesChance(curve: Pick<RecallCurve, "found" | "total">): number {
  const { found, total } = curve;
  if (!total) throw new Error("timesChance: there is nothing to be found.");
  return (found[total - 1] * found.length) / total ** 2;
}

/**
 * How many true ones looking at `k` of the ranked objects in any order finds: the mean, and the interval that holds
 * 95 % of such looks (hypergeometric: `total` of n are true, k are drawn without putting back).
 */
export function chanceInterval(
  curve: Pick<RecallCurve, "found" | "total">,
  k: number,
): { mean: number; low: number; high: number } {
  const { total, found } = curve;
  const n = found.length;
  if (!(Number.isInteger(k) && k >= 0 && k <= n))
    throw new Error(`chanceInterval: of ${n} objects one looks at 0 to ${n}, not at ${k}.`);
  const logChoose = (of: number, take: number) =>
    logGamma(of + 1) - logGamma(take + 1) - logGamma(of - take + 1);
  const least = Math.max(0, k - (n - total));
  const most = Math.min(k, total);
  let log = logChoose(total, least) + logChoose(n - total, k - least) - logChoose(n, k);
  let low = -1;
  let cumulated = 0;
  for (let x = least; x <= most; x++) {
    cumulated += Math.exp(log);
    if (low < 0 && cumulated >= 0.025) low = x;
    if (cumulated >= 0.975) return { mean: (k * total) / n, low, high: x };
    log += Math.log(((total - x) * (k - x)) / ((x + 1) * (n - total - k + x + 1)));
  }
  return { mean: (k * total) / n, low: low < 0 ? most : low, high: most };
}
