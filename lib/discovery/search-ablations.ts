import type { Matrix } from "../matrix.js";
import { mean } from "../mean.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import type { Kernel } from "../models/kernel.js";
import { Matern, Rbf, WhiteKernel } from "../models/kernels.js";
import { type PairedDifference, pairedDifference } from "../models/paired-difference.js";
import { HELD_OUT, type HeldOutOptions, heldOutSearches } from "./held-out-searches.js";
import { searchDefaults } from "./search-defaults.js";

/** One way to search, and how much it finds among objects that nobody labelled. */
export interface SearchAblation {
  variant: string;
  /** Times chance, mean over the halves, and its standard error. */
  gain: number;
  error: number;
  /** Gain of this variant less that of the paper's, half by half; null for the paper's own. */
  difference: PairedDifference | null;
}

/**
 * The search of section 7.1 under the choices its text leaves open: the smoothness of the kernel, eta (the paper saw
 * little effect), objects a round, standardised features, and features of another kind. Every variant searches the
 * same halves (`heldOutSearches`), so that what differs can be told from luck.
 */
export async function searchAblations(
  features: Matrix,
  truth: ArrayLike<boolean | number>,
  options: Omit<HeldOutOptions, "model" | "eta" | "scaleFeatures" | "batch"> & {
    /** Other features of the same objects to search in, by what they are called. */
    beside?: Readonly<Record<string, Matrix>>;
  },
): Promise<SearchAblation[]> {
  const { onProgress, beside = {}, ...common } = options;
  const gp = (name: string, kernel: () => Kernel) => ({
    name,
    create: () =>
      new GaussianProcessRegressor({ kernel: kernel().plus(new WhiteKernel()), alpha: 1e-10, seed: 0 }),
  });
  const { eta, batch } = searchDefaults;
  const variants: { variant: string; change: Partial<HeldOutOptions>; x?: Matrix }[] = [
    { variant: `as in the paper (eta ${eta}, Matern 3/2, ${batch} a round)`, change: {} },
    { variant: "eta 0", change: { eta: 0 } },
    { variant: "eta 3", change: { eta: 3 } },
    { variant: "Matern 5/2", change: { model: gp("Matern 5/2 + white", () => new Matern(2.5)) } },
    { variant: "RBF", change: { model: gp("RBF + white", () => new Rbf()) } },
    { variant: "20 a round", change: { batch: 20 } },
    { variant: "standardised features", change: { scaleFeatures: true } },
    ...Object.entries(beside).map(([variant, x]) => ({ variant, change: {}, x })),
  ];
  const rows: SearchAblation[] = [];
  let paper: number[] | null = null;
  for (const { variant, change, x } of variants) {
    const { gains, gain, error } = await heldOutSearches(x ?? features, truth, { ...common, ...change });
    const less = paper?.map((value, k) => gains[k] - value);
    const difference = less ? pairedDifference([{ mean: mean(less), splits: less }], HELD_OUT) : null;
    paper ??= gains;
    rows.push({ variant, gain, error, difference });
    onProgress?.({ done: rows.length, total: variants.length, note: variant });
  }
  return rows;
}
