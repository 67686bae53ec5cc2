import * as tf from "@tensorflow/tfjs";
import { Random } from "../../../lib/random.js";
import { values } from "../compare.js";

/** Something that every backend computes. */
export interface Case {
  name: string;
  f: () => tf.Tensor | tf.Tensor[];
}

/** One generator draws the shapes and values of all cases. */
export const random = new Random(7);
export const pick = (...choices: number[]) => choices[random.integer(choices.length)];
export const between = (low: number, high: number) => low + random.integer(high - low + 1);

export function tensor(shape: number[], low = -1, high = 1): () => tf.Tensor {
  const data = values(random, tf.util.sizeFromShape(shape), low, high);
  return () => tf.tensor(data, shape);
}
