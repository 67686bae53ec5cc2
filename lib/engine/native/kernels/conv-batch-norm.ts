import { F32 } from "../native.js";
import { convolutionSizes } from "./convolution.js";
import type { KernelTable } from "./kernel-table.js";

/** The pair of ops/conv-batch-norm.ts, for a library that has it. */
export const convBatchNormKernels: KernelTable = {
  ConvBatchNorm({ backend, inputs, attrs }) {
    const [x, filter, gamma, beta, residual] = Object.values(inputs);
    const sizes = convolutionSizes(x.shape, filter.shape, attrs)!;
    const [n, k, height, width] = [sizes[0], sizes[4], sizes[7], sizes[8]];
    const storage = backend.activation;
    const added = residual && backend.as(residual, storage);
    const u = backend.make([n, height, width, k], storage);
    const y = backend.make([n, height, width, k], storage);
    const each = attrs.groups > 1 ? [attrs.groups, k] : [k];
    const [mean, variance] = [backend.make(each), backend.make(each)];
    backend.native.convBatchNorm!(
      backend.buffer(x),
      backend.buffer(filter),
      backend.buffer(gamma),
      backend.buffer(beta),
      added?.buffer ?? null,
      u.buffer,
      y.buffer,
      mean.buffer,
      variance.buffer,
      sizes,
      attrs.groups,
      attrs.epsilon,
      attrs.relu ? 1 : 0,
    );
    added?.done();
    return [y, u, mean, variance];
  },

  ConvBatchNormGrad({ backend, inputs, attrs }) {
    const [dy, x, filter, gamma, beta, u, mean, variance, y] = Object.values(inputs);
    const sizes = convolutionSizes(x.shape, filter.shape, attrs)!;
    const storage = backend.activation;
    const source = backend.as(dy, storage);
    const dx = attrs.inputGradient ? backend.make(x.shape, storage) : null;
    const dw = backend.make(filter.shape, F32);
    const [dgamma, dbeta] = [backend.make([sizes[4]]), backend.make([sizes[4]])];
    // Without a ReLU the residual's gradient is dy itself.
    const masked = attrs.hasResidual && attrs.relu ? backend.make(u.shape, storage) : null;
    backend.native.convBatchNormGrad!(
      source.buffer,
      backend.buffer(x),
      backend.buffer(filter),
      backend.buffer(gamma),
      backend.buffer(beta),
      backend.buffer(u),
      backend.buffer(mean),
      backend.buffer(variance),
      y ? backend.buffer(y) : null,
      dx?.buffer ?? null,
      dw.buffer,
      dgamma.buffer,
      dbeta.buffer,
      masked?.buffer ?? null,
      sizes,
      attrs.groups,
      attrs.epsilon,
      attrs.relu ? 1 : 0,
    );
    source.done();
    const gradients = [...(dx ? [dx] : []), dw, dgamma, dbeta];
    if (masked) return [...gradients, masked];
    if (!attrs.hasResidual) return gradients;
    backend.incRef(dy.dataId);
    return [...gradients, { dataId: dy.dataId, shape: dy.shape, dtype: dy.dtype }];
  },
};
