/** How well a ranking finds what is sought. */
export interface RecallCurve {
  /** found[i], the true ones among the first i + 1. */
  found: Uint32Array;
  /** All true ones. */
  total: number;
  /** What a random order finds on average, and what a perfect one does. */
  random: Float64Array;
  perfect: Uint32Array;
}

/** Fig. 8: the number of true objects among the first i + 1 of a ranking, with its two references. */
export function recallCurve(ranking: ArrayLike<number>, truth: ArrayLike<boolean | number>): RecallCurve {
  const n = ranking.length;
  if (truth.length !== n) throw new Error(`recallCurve: ${n} ranked objects but ${truth.length} truths.`);
  const found = new Uint32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) found[i] = truth[ranking[i]] ? ++count : count;
  return {
    found,
    total: count,
    random: Float64Array.from(found, (_, i) => ((i + 1) * count) / n),
    perfect: Uint32Array.from(found, (_, i) => Math.min(i + 1, count)),
  };
}

/** The share of the true ones within the first `k` of the ranking. */
export function recallAt(curve: RecallCurve, k: number): number {
  if (!curve.total) throw new Error("recallAt: there is nothing to be found.");
  return curve.found[Math.min(k, curve.found.length) - 1] / curve.total;
}
