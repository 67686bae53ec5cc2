import type { Matrix } from "../matrix.js";
import { classCodes, type Label } from "./class-codes.js";

export interface ConfusionMatrix<L extends Label = Label> {
  labels: L[];
  /** counts[i, j]: rows of true class `labels[i]` that were predicted as `labels[j]`. */
  counts: Matrix;
  /** Share on the diagonal. */
  accuracy: number;
}

/**
 * Counts of (true, predicted) pairs, as sklearn.metrics.confusion_matrix. `labels` sets the order of the classes;
 * without it they are all that occur, sorted. A class outside `labels` is an error (scikit-learn drops it).
 */
export function confusionMatrix<L extends Label>(
  truth: ArrayLike<L>,
  predicted: ArrayLike<L>,
  labels?: readonly L[],
): ConfusionMatrix<L> {
  if (truth.length !== predicted.length)
    throw new Error(`confusionMatrix: ${truth.length} true labels but ${predicted.length} predicted ones.`);
  if (truth.length === 0) throw new Error("confusionMatrix: there are no labels.");
  const all = Array.from(truth).concat(Array.from(predicted));
  const { classes } = classCodes(all, "confusionMatrix");
  const order = labels ? [...labels] : classes;
  const place = new Map(order.map((label, i) => [label, i]));
  const stray = classes.find((label) => !place.has(label));
  if (stray !== undefined)
    throw new Error(`confusionMatrix: class "${stray}" is not among the labels given.`);
  const k = order.length;
  const counts = new Float64Array(k * k);
  let hits = 0;
  for (let i = 0; i < truth.length; i++) {
    counts[place.get(truth[i])! * k + place.get(predicted[i])!]++;
    if (truth[i] === predicted[i]) hits++;
  }
  return { labels: order, counts: { data: counts, shape: [k, k] }, accuracy: hits / truth.length };
}
