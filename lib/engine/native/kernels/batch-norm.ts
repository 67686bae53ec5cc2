import type * as tf from "@tensorflow/tfjs";
import { F32 } from "../native.js";
import type { KernelTable } from "./kernel-table.js";

/** Batch normalisation: the training pair of ops/batch-norm-train.ts, and tfjs' inference kernel. */
export const batchNormKernels: KernelTable = {
  BatchNormTrain({ backend, inputs, attrs }) {
    const [x, gamma, beta, residual] = Object.values(inputs);
    const storage = x.shape.length === 4 ? backend.activation : F32;
    const source = backend.as(x, storage);
    const added = residual && backend.as(residual, storage);
    const sizes = matrix(x.shape);
    const y = backend.make(x.shape, storage);
    const mean = backend.make([sizes[1]]);
    const variance = backend.make([sizes[1]]);
    backend.native.batchNormTrain(
      source.buffer,
      backend.buffer(gamma),
      backend.buffer(beta),
      added?.buffer ?? null,
      y.buffer,
      mean.buffer,
      variance.buffer,
      sizes,
      attrs.epsilon,
      attrs.relu ? 1 : 0,
    );
    source.done();
    added?.done();
    return [y, mean, variance];
  },

  BatchNormTrainGrad({ backend, inputs, attrs }) {
    const [dy, x, gamma, beta, mean, variance, y] = Object.values(inputs);
    const storage = x.shape.length === 4 ? backend.activation : F32;
    const [dySource, source] = [backend.as(dy, storage), backend.as(x, storage)];
    const sizes = matrix(x.shape);
    const dx = backend.make(x.shape, storage);
    const [dgamma, dbeta] = [backend.make([sizes[1]]), backend.make([sizes[1]])];
    // Without a ReLU the residual's gradient is dy itself.
    const masked = attrs.hasResidual && attrs.relu ? backend.make(x.shape, storage) : null;
    backend.native.batchNormTrainGrad(
      dySource.buffer,
      source.buffer,
      backend.buffer(gamma),
      backend.buffer(beta),
      backend.buffer(mean),
      backend.buffer(variance),
      y ? backend.buffer(y) : null,
      dx.buffer,
      dgamma.buffer,
      dbeta.buffer,
      masked?.buffer ?? null,
      sizes,
      attrs.epsilon,
      attrs.relu ? 1 : 0,
    );
    dySource.done();
    source.done();
    const gradients: tf.TensorInfo[] = [dx, dgamma, dbeta];
    if (masked) gradients.push(masked);
    else if (attrs.hasResidual) {
      backend.incRef(dy.dataId);
      gradients.push({ dataId: dy.dataId, shape: dy.shape, dtype: dy.dtype });
    }
    return gradients;
  },

  FusedBatchNorm({ backend, inputs, attrs }) {
    const { x, mean, variance, offset, scale } = inputs;
    const sizes = matrix(x.shape);
    const vectors = [mean, variance, offset, scale].filter((v) => v);
    if (vectors.some((v) => v.shape.length !== 1 || v.shape[0] !== sizes[1] || v.dtype !== "float32"))
      return null;
    const y = backend.make(x.shape, backend.storage(x));
    backend.native.batchNormInference(
      backend.buffer(x),
      backend.buffer(mean),
      backend.buffer(variance),
      offset ? backend.buffer(offset) : null,
      scale ? backend.buffer(scale) : null,
      y.buffer,
      sizes,
      attrs.varianceEpsilon ?? 0.001,
    );
    return y;
  },
};

/** [rows, channels] of a channels-last tensor. */
function matrix(shape: number[]): number[] {
  const channels = shape[shape.length - 1];
  return [shape.slice(0, -1).reduce((a, b) => a * b, 1), channels];
}
