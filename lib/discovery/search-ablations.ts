import type { Matrix } from "../matrix.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import type { Kernel } from "../models/kernel.js";
import { Matern, Rbf, WhiteKernel } from "../models/kernels.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import {
  type ActiveLearningOptions,
  type ActiveLearningRound,
  activeLearning,
  ranking,
  searchDefaults,
} from "./active-learning.js";
import { type RecallCurve, recallAt, recallCurve } from "./recall-curve.js";

/** One way to search, and how much it finds. */
export interface SearchAblation {
  variant: string;
  /** Share of the true ones among the first (number of true ones), and among twice as many. */
  recallAtTotal: number;
  recallAtTwice: number;
}

type Common = Pick<ActiveLearningOptions, "oracle" | "budget" | "batch" | "signal">;

/**
 * The search of section 7.1 under the choices its text leaves open: eta (the paper saw little effect), the kernel,
 * standardised features, and whether known labels take part in the ranking. Each row is a whole search.
 */
export async function searchAblations(
  features: Matrix,
  truth: ArrayLike<number>,
  options: Common & { onProgress?: OnProgress },
): Promise<SearchAblation[]> {
  const { onProgress, ...common } = options;
  const gp = (name: string, kernel: () => Kernel) => ({
    name,
    create: () =>
      new GaussianProcessRegressor({ kernel: kernel().plus(new WhiteKernel()), alpha: 1e-10, seed: 0 }),
  });
  const variants: { variant: string; change: Partial<ActiveLearningOptions>; known?: "given" }[] = [
    { variant: `as in the paper (eta ${searchDefaults.eta}, Matern 3/2)`, change: {} },
    { variant: "known labels take part in the ranking", change: {}, known: "given" },
    { variant: "eta 0", change: { eta: 0 } },
    { variant: "eta 3", change: { eta: 3 } },
    { variant: "Matern 5/2", change: { model: gp("Matern 5/2 + white", () => new Matern(2.5)) } },
    { variant: "RBF", change: { model: gp("RBF + white", () => new Rbf()) } },
    { variant: "standardised features", change: { scaleFeatures: true } },
  ];
  const rows: SearchAblation[] = [];
  let paper: ActiveLearningRound | null = null;
  for (const { variant, change, known } of variants) {
    // The ranking is made after the search, so that variant needs none of its own.
    const last: ActiveLearningRound = known ? paper! : await searchToEnd(features, { ...common, ...change });
    paper ??= last;
    const curve = recallCurve(ranking(last, { known: known ?? "predicted" }), truth);
    rows.push({
      variant,
      recallAtTotal: recallAt(curve, curve.total),
      recallAtTwice: recallAt(curve, 2 * curve.total),
    });
    onProgress?.({ done: rows.length, total: variants.length, note: variant });
  }
  return rows;
}

/**
 * Searches that begin with different random samples: how much is luck (the paper begins without any). `curve` ranks
 * all objects, as Fig. 8 does; `unseen` those alone that this search never had labelled.
 */
export async function recallOverSeeds(
  features: Matrix,
  truth: ArrayLike<number>,
  options: Common & { seeds: readonly number[]; onProgress?: OnProgress },
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

async function searchToEnd(features: Matrix, options: ActiveLearningOptions): Promise<ActiveLearningRound> {
  let last: ActiveLearningRound | undefined;
  for await (const round of activeLearning(features, options)) last = round;
  return last!;
}
