import * as tf from "@tensorflow/tfjs";
import { batchNormTrain } from "../engine/ops/batch-norm-train.js";
import { convBatchNorm } from "../engine/ops/conv-batch-norm.js";
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

/** How a layer normalises: `groups` batches lie behind one another, each with its own statistics. */
export interface TrainNormOptions {
  groups: number;
  relu?: boolean;
  residual?: tf.Tensor;
}

/** The same for a convolution in front of it. `inputGradient` is false where x is an image. */
export interface TrainConvOptions extends TrainNormOptions {
  stride: number;
  pad: number;
  inputGradient?: boolean;
}

/** Batch normalisation with the batch's own statistics, which are noted for the running ones. */
export function trainBatchNorm<T extends tf.Tensor>(
  parameters: ParameterSet,
  layer: string,
  x: T,
  options: TrainNormOptions,
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

/** A convolution and the batch normalisation behind it, likewise. */
export function trainConvBatchNorm(
  parameters: ParameterSet,
  [conv, layer]: [conv: string, layer: string],
  x: tf.Tensor4D,
  options: TrainConvOptions,
): tf.Tensor4D {
  const { y, mean, variance } = convBatchNorm(
    x,
    parameters.get(`${conv}.weight`) as tf.Tensor as tf.Tensor4D,
    parameters.get(`${layer}.weight`),
    parameters.get(`${layer}.bias`),
    { epsilon: BATCH_NORM_EPSILON, ...options },
  );
  parameters.recordStatistics(layer, mean, variance, y.size / mean.size);
  return y;
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
