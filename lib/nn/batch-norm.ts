import * as tf from "@tensorflow/tfjs";
import { batchNormTrain } from "../engine/ops/batch-norm-train.js";
import { constant } from "./initialise.js";
import type { ParameterSet } from "./parameter-set.js";

/** As torch.nn.BatchNorm1d and 2d. */
export const BATCH_NORM_EPSILON = 1e-5;

/** Declares scale 1, shift 0, running mean 0 and running variance 1 under `layer`. */
export function addBatchNorm(parameters: ParameterSet, layer: string, channels: number): void {
  parameters.add(`${layer}.weight`, constant(channels, 1));
  parameters.add(`${layer}.bias`, constant(channels, 0));
  parameters.add(`${layer}.running_mean`, constant(channels, 0), "buffer");
  parameters.add(`${layer}.running_var`, constant(channels, 1), "buffer");
}

/** Batch normalisation with the batch's own statistics, which are noted for the running ones. */
export function trainBatchNorm<T extends tf.Tensor>(
  parameters: ParameterSet,
  layer: string,
  x: T,
  options: { relu?: boolean; residual?: tf.Tensor } = {},
): T {
  const { y, mean, variance } = batchNormTrain(
    x,
    parameters.get(`${layer}.weight`),
    parameters.get(`${layer}.bias`),
    { epsilon: BATCH_NORM_EPSILON, ...options },
  );
  parameters.recordStatistics(layer, mean, variance, x.size / mean.size);
  return y as T;
}

/** The running statistics as one scale and one shift per channel: y = scale x + shift. */
export function foldedBatchNorm(
  parameters: ParameterSet,
  layer: string,
): { scale: tf.Tensor1D; shift: tf.Tensor1D } {
  const of = (name: string) => parameters.get(`${layer}.${name}`);
  const deviation = tf.sqrt(tf.add(of("running_var"), BATCH_NORM_EPSILON));
  const scale = tf.div<tf.Tensor1D>(of("weight"), deviation);
  return { scale, shift: tf.sub<tf.Tensor1D>(of("bias"), tf.mul(of("running_mean"), scale)) };
}
