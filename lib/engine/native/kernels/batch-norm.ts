import type * as tf from "@tensorflow/tfjs";
import { F32, type Native, type NativeBuffer } from "../native.js";
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
    const each = attrs.groups > 1 ? [attrs.groups, sizes[1]] : [sizes[1]];
    const [mean, variance] = [backend.make(each), backend.make(each)];
    forward(
      backend.native,
      attrs.groups,
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
    backward(
      backend.native,
      attrs.groups,
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

type Train = Parameters<Native["batchNormTrain"]>;
type TrainGrad = Parameters<Native["batchNormTrainGrad"]>;

/** One call, or one for each batch behind another where the library's batch norm knows of one only. */
function forward(native: Native, groups: number, ...args: Train): void {
  const [x, gamma, beta, residual, y, mean, variance, [rows, channels], ...rest] = args;
  if (groups === 1 || !native.part) {
    native.batchNormTrain(
      x,
      gamma,
      beta,
      residual,
      y,
      mean,
      variance,
      sizesOf(rows, channels, groups),
      ...rest,
    );
    return;
  }
  const size = [rows / groups, channels];
  for (let g = 0; g < groups; g++) {
    const rowsOf = (b: NativeBuffer) => native.part!(b, g * size[0] * channels, size[0] * channels);
    const vectorOf = (b: NativeBuffer) => native.part!(b, g * channels, channels);
    const added = residual && rowsOf(residual);
    const [m, v] = [vectorOf(mean), vectorOf(variance)];
    native.batchNormTrain(rowsOf(x), gamma, beta, added, rowsOf(y), m, v, size, ...rest);
  }
}

/** Likewise; gamma and beta are the same for all, so their gradients are summed. */
function backward(native: Native, groups: number, ...args: TrainGrad): void {
  const [dy, x, gamma, beta, mean, variance, y, dx, dgamma, dbeta, dresidual, sizes, ...rest] = args;
  const [rows, channels] = sizes;
  if (groups === 1 || !native.part) {
    native.batchNormTrainGrad(
      dy,
      x,
      gamma,
      beta,
      mean,
      variance,
      y,
      dx,
      dgamma,
      dbeta,
      dresidual,
      sizesOf(rows, channels, groups),
      ...rest,
    );
    return;
  }
  const size = [rows / groups, channels];
  const shares = [native.alloc(channels, F32), native.alloc(channels, F32)];
  for (let g = 0; g < groups; g++) {
    const rowsOf = (b: NativeBuffer) => native.part!(b, g * size[0] * channels, size[0] * channels);
    const vectorOf = (b: NativeBuffer) => native.part!(b, g * channels, channels);
    const [ofGamma, ofBeta] = g === 0 ? [dgamma, dbeta] : shares;
    native.batchNormTrainGrad(
      rowsOf(dy),
      rowsOf(x),
      gamma,
      beta,
      vectorOf(mean),
      vectorOf(variance),
      y && rowsOf(y),
      rowsOf(dx),
      ofGamma,
      ofBeta,
      dresidual && rowsOf(dresidual),
      size,
      ...rest,
    );
    if (g === 0) continue;
    const flat = [channels];
    native.binary("Add", dgamma, ofGamma, dgamma, flat, flat, flat);
    native.binary("Add", dbeta, ofBeta, dbeta, flat, flat, flat);
  }
  for (const b of shares) native.free(b);
}

/** A library that knows of one batch only is told of no groups. */
const sizesOf = (rows: number, channels: number, groups: number) =>
  groups === 1 ? [rows, channels] : [rows, channels, groups];

/** [rows, channels] of a channels-last tensor. */
function matrix(shape: number[]): number[] {
  const channels = shape[shape.length - 1];
  return [shape.slice(0, -1).reduce((a, b) => a * b, 1), channels];
}
