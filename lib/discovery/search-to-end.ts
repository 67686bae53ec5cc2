import type { Matrix } from "../matrix.js";
import { type ActiveLearningOptions, type ActiveLearningRound, activeLearning } from "./active-learning.js";

/** The last round of a search. */
export async function searchToEnd(
  features: Matrix,
  options: ActiveLearningOptions,
): Promise<ActiveLearningRound> {
  let last: ActiveLearningRound | undefined;
  for await (const round of activeLearning(features, options)) last = round;
  return last!;
}
