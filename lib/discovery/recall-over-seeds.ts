import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import { type ActiveLearningOptions, ranking } from "./active-learning.js";
import { type RecallCurve, recallCurve } from "./recall-curve.js";
import { searchDefaults } from "./search-defaults.js";
import { searchToEnd } from "./search-to-end.js";

/**
 * Searches that begin with different random samples: how much is luck (the paper begins without any). `curve` ranks
 * all objects, as Fig. 8 does; `unseen` those alone that this search never had labelled.
 */
export async function recallOverSeeds(
  features: Matrix,
  truth: ArrayLike<number>,
  options: Pick<ActiveLearningOptions, "oracle" | "budget" | "batch" | "signal"> & {
    seeds: readonly number[];
    onProgress?: OnProgress;
  },
): Promise<{ name: string; curve: RecallCurve; unseen: RecallCurve }[]> {
  const { seeds, onProgress, ...common } = options;
  const curves: { name: string; curve: RecallCurve; unseen: RecallCurve }[] = [];
  for (const seed of seeds) {
    const start = [...new Random(seed).permutation(features.shape[0]).subarray(0, searchDefaults.start)];
    const last = await searchToEnd(features, { ...common, start });
    curves.push({
      name: `random start ${seed}`,
      curve: recallCurve(ranking(last), truth),
      unseen: recallCurve(ranking(last, { known: "left out" }), truth),
    });
    onProgress?.({ done: curves.length, total: seeds.length });
  }
  return curves;
}
