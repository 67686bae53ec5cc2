import type { Matrix } from "../matrix.js";

/**
 * The members to look at first. Exemplars have the highest probability of belonging; in many dimensions that is 1
 * for most, so equal ones (to 1e-9) are ordered by their distance to the cluster's mean in units of its standard
 * deviations. Boundary cases have the smallest lead of the best cluster over the second.
 */
export function typicalMembers(options: {
  features: Matrix;
  /** Rows of one cluster. */
  members: readonly number[];
  /** n x K, if the clustering gives any. */
  probabilities?: Matrix;
  count: number;
}): { exemplars: number[]; boundary: number[] } {
  const { features, members, probabilities, count } = options;
  const distance = spreadDistance(features, members);
  const certainty = new Map(members.map((i) => [i, leadAndBest(probabilities, i)]));
  const level = (i: number) => Math.round(certainty.get(i)!.best * 1e9);
  const byTypical = [...members].sort(
    (a, b) => level(b) - level(a) || distance.get(a)! - distance.get(b)! || a - b,
  );
  // Without probabilities the doubtful ones are those far from the mean.
  const byDoubt = [...members].sort(
    (a, b) => certainty.get(a)!.lead - certainty.get(b)!.lead || distance.get(b)! - distance.get(a)! || a - b,
  );
  return { exemplars: byTypical.slice(0, count), boundary: byDoubt.slice(0, count) };
}

function leadAndBest(p: Matrix | undefined, i: number): { lead: number; best: number } {
  if (!p) return { lead: 0, best: 1 };
  let best = 0;
  let second = 0;
  for (const v of p.data.subarray(i * p.shape[1], (i + 1) * p.shape[1])) {
    if (v > best) {
      second = best;
      best = v;
    } else if (v > second) second = v;
  }
  return { lead: best - second, best };
}

function spreadDistance(features: Matrix, members: readonly number[]): Map<number, number> {
  const d = features.shape[1];
  const result = new Map<number, number>(members.map((i) => [i, 0]));
  for (let j = 0; j < d; j++) {
    const value = (i: number) => features.data[i * d + j];
    const mean = members.reduce((s, i) => s + value(i), 0) / members.length;
    const variance = members.reduce((s, i) => s + (value(i) - mean) ** 2, 0) / members.length;
    if (variance > 0)
      for (const i of members) result.set(i, result.get(i)! + (value(i) - mean) ** 2 / variance);
  }
  return result;
}
