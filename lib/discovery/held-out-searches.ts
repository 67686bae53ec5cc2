import { type Matrix, takeRows } from "../matrix.js";
import { mean } from "../mean.js";
import { resampledError } from "../models/resampled-error.js";
import type { OnProgress } from "../progress-event.js";
import { Random } from "../random.js";
import type { ActiveLearningOptions } from "./active-learning.js";
import { type RecallCurve, recallCurve, timesChance } from "./recall-curve.js";
import { searchDefaults } from "./search-defaults.js";
import { searchToEnd } from "./search-to-end.js";
import { standardised } from "./standardised.js";
import { thinned } from "./thinned.js";

export interface HeldOutOptions
  extends Pick<ActiveLearningOptions, "oracle" | "budget" | "batch" | "eta" | "scaleFeatures" | "model"> {
  /** How many halves, a search each; default ten. */
  halves?: number;
  /** True ones are thinned to this share of all first, another draw for each half; default all stay. */
  share?: number;
  seed?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Searches among random halves, each judged on the half it could not ask about. */
export interface HeldOutSearches {
  /** Of each search: the ranking of the objects held out. All have as many objects and true ones. */
  curves: RecallCurve[];
  /** Of each search: how many times more it finds than chance (`timesChance`). */
  gains: number[];
  /** Their mean, and its standard error. */
  gain: number;
  error: number;
  /** Of each search: the share of the true ones in its own half that it had labelled. */
  told: number[];
}

/** Share of the objects that a search is judged on. */
export const HELD_OUT = 0.5;

/**
 * How much the search of section 7.1 finds among objects that nobody labelled, with an error. One search says little:
 * of a few mergers that it left over, it finds another few, give or take the root of that; and the better it asked,
 * the fewer and harder ones it left. So the objects are halved at random (true ones and others apart, so that all
 * halves hold as many), the search asks among one half and ranks the other.
 *
 * The halves share their objects: the error is `resampledError`. It is about which objects were searched and judged; that
 * the network was trained once is not in it.
 */
export async function heldOutSearches(
  features: Matrix,
  truth: ArrayLike<boolean | number>,
  options: HeldOutOptions,
): Promise<HeldOutSearches> {
  const { halves = 10, share, seed = 0, onProgress, oracle, ...rest } = options;
  if (!(Number.isInteger(halves) && halves >= 1))
    throw new Error(`heldOutSearches: halves is ${halves}; give a whole number of at least 1.`);
  const { scaleFeatures, ...search } = rest;
  const x = scaleFeatures ? standardised(features) : features;
  const found: Omit<HeldOutSearches, "gain" | "error"> = { curves: [], gains: [], told: [] };
  for (let half = 0; half < halves; half++) {
    const random = new Random(seed).fork(`half ${half}`);
    const rows =
      share !== undefined
        ? thinned(truth, share, seed + half)
        : Uint32Array.from({ length: truth.length }, (_, i) => i);
    const { searched, heldOut } = halved(rows, truth, random);
    const last = await searchToEnd(x, {
      ...search,
      budget: Math.min(search.budget ?? searchDefaults.budget, searched.length),
      oracle,
      candidates: searched,
    });
    const { mean: score } = last.model.predict(takeRows(x, heldOut));
    const order = Uint32Array.from(score.keys()).sort((a, b) => score[b] - score[a] || a - b);
    const curve = recallCurve(takeIndices(heldOut, order), truth);
    const told = [...last.labels.keys()].filter((row) => truth[row]).length;
    const sought = searched.filter((row) => truth[row]).length;
    found.curves.push(curve);
    found.gains.push(timesChance(curve));
    found.told.push(told / sought);
    onProgress?.({ done: half + 1, total: halves });
  }
  return { ...found, gain: mean(found.gains), error: resampledError(found.gains, HELD_OUT) };
}

/** Two halves, ascending; of the true ones and of the others each holds half. */
function halved(rows: Uint32Array, truth: ArrayLike<boolean | number>, random: Random) {
  const heldOut: Uint32Array[] = [];
  const searched: Uint32Array[] = [];
  for (const kind of [rows.filter((i) => truth[i]), rows.filter((i) => !truth[i])]) {
    if (kind.length < 2)
      throw new Error(
        `heldOutSearches: halves need at least two objects that are sought and two others; there are ${kind.length} of one kind.`,
      );
    const order = takeIndices(kind, random.permutation(kind.length));
    heldOut.push(order.subarray(0, kind.length >> 1));
    searched.push(order.subarray(kind.length >> 1));
  }
  return { searched: ascending(searched), heldOut: ascending(heldOut) };
}

const ascending = ([a, b]: readonly Uint32Array[]) => Uint32Array.from([...a, ...b]).sort();

const takeIndices = (from: Uint32Array, at: ArrayLike<number>) => Uint32Array.from(at, (k) => from[k]);
