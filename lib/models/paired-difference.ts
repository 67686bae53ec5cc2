import { mean } from "../mean.js";
import { variance } from "../variance.js";
import { resampledError } from "./resampled-error.js";
import { regularisedBeta } from "./special-functions.js";

/** The accuracies of two classifiers in one run: `mean`, and one of each random split where each was kept. */
export interface PairedRun {
  /** Mean difference. */
  mean: number;
  /** One difference a split, of both on the same splits; null where they are not known. */
  splits: readonly number[] | null;
}

export interface PairedDifference {
  mean: number;
  /** Standard error of `mean`; NaN where nothing tells it. */
  error: number;
  /** Degrees of freedom of `error`. */
  freedom: number;
  /** Two-sided probability of a difference as large as this where there is none; 1 where `error` is NaN. */
  p: number;
}

/**
 * Whether two classifiers differ, from their differences over random splits in one or more runs of other seeds.
 *
 * The scatter over splits of one set gives `resampledError` (Nadeau & Bengio 2003). That part is about the rows and does
 * not shrink with runs, which share them. The scatter of the runs' means over their number is about seeds. The error is
 * the root of the sum of both, Student's t has the degrees of freedom of Welch and Satterthwaite.
 * One run tells nothing of seeds: its p is about the splits alone.
 *
 * `testShare` is the share of the rows that is held out.
 */
export function pairedDifference(runs: readonly PairedRun[], testShare: number): PairedDifference {
  if (!runs.length) throw new Error("pairedDifference: there are no runs to compare.");
  if (!(testShare > 0 && testShare < 1))
    throw new Error(`pairedDifference: testShare is ${testShare} but must lie between 0 and 1.`);
  const bad = runs.findIndex((r) => ![r.mean, ...(r.splits ?? [])].every(Number.isFinite));
  if (bad >= 0) throw new Error(`pairedDifference: run ${bad} has a difference that is no number.`);
  const difference = mean(runs.map((r) => r.mean));
  const parts: { variance: number; freedom: number }[] = [];
  const known = runs.flatMap(({ splits }) => (splits && splits.length > 1 ? [splits] : []));
  if (known.length) {
    const corrected = known.map((d) => resampledError(d, testShare) ** 2);
    parts.push({ variance: mean(corrected), freedom: Math.min(...known.map((d) => d.length)) - 1 });
  }
  if (runs.length > 1) {
    const between = variance(runs.map((r) => r.mean)) / runs.length;
    parts.push({ variance: between, freedom: runs.length - 1 });
  }
  // Runs without splits leave out the larger part: no claim is made of them.
  if (!known.length) return { mean: difference, error: Number.NaN, freedom: 0, p: 1 };
  const total = parts.reduce((sum, part) => sum + part.variance, 0);
  if (total === 0)
    return { mean: difference, error: 0, freedom: parts[0].freedom, p: difference === 0 ? 1 : 0 };
  const freedom = total ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.freedom, 0);
  const t = difference / Math.sqrt(total);
  return { mean: difference, error: Math.sqrt(total), freedom, p: studentP(t, freedom) };
}

/** P(|T| >= |t|) of Student's t with `freedom` degrees of freedom; mirrors 2 scipy.stats.t.sf(|t|, freedom). */
export function studentP(t: number, freedom: number): number {
  return regularisedBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/**
 * Holm's step-down correction (1979) of probabilities looked at together: the smallest times their number, the next
 * times one less, never below the one before, at most 1. Mirrors statsmodels' `multipletests(method="holm")`.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[a] - p[b]);
  const corrected = new Array<number>(p.length);
  let least = 0;
  order.forEach((i, k) => {
    least = Math.max(least, Math.min(1, (p.length - k) * p[i]));
    corrected[i] = least;
  });
  return corrected;
}
