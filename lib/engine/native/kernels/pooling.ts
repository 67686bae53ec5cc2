import * as tf from "@tensorflow/tfjs";
import { U8 } from "../native.js";
import type { KernelTable } from "./kernel-table.js";

/** Pooling: the custom pairs of ops/max-pool.ts and ops/global-average-pool.ts, and tfjs' own max pooling. */
export const poolingKernels: KernelTable = {
  MaxPoolIndexed({ backend, inputs, attrs }) {
    const [x] = Object.values(inputs);
    const [n, h, w, c] = x.shape;
    const shape = [n, attrs.outHeight, attrs.outWidth, c];
    const source = backend.as(x, backend.activation);
    const y = backend.make(shape, backend.activation);
    const indices = backend.make(shape, U8, "int32");
    const sizes = [n, h, w, c, attrs.outHeight, attrs.outWidth, attrs.size, attrs.stride, attrs.pad];
    backend.native.maxPool(source.buffer, y.buffer, indices.buffer, sizes);
    source.done();
    return [y, indices];
  },

  MaxPoolIndexedGrad({ backend, inputs, attrs }) {
    const [dy, indices] = Object.values(inputs);
    const source = backend.as(dy, backend.activation);
    const dx = backend.make(attrs.inputShape, backend.activation);
    const sizes = [...attrs.inputShape, attrs.outHeight, attrs.outWidth, attrs.size, attrs.stride, attrs.pad];
    backend.native.maxPoolGrad(source.buffer, backend.buffer(indices), dx.buffer, sizes);
    source.done();
    return [dx];
  },

  GlobalAveragePool({ backend, inputs }) {
    const [x] = Object.values(inputs);
    const [n, h, w, c] = x.shape;
    const y = backend.make([n, c]);
    backend.native.globalAveragePool(backend.buffer(x), y.buffer, [n, h * w, c]);
    return [y];
  },

  GlobalAveragePoolGrad({ backend, inputs, attrs }) {
    const [dy] = Object.values(inputs);
    const [n, h, w, c] = attrs.inputShape;
    const dx = backend.make(attrs.inputShape, backend.activation);
    backend.native.globalAveragePoolGrad(backend.buffer(dy), dx.buffer, [n, h * w, c]);
    return [dx];
  },

  MaxPool({ backend, inputs, attrs }) {
    const { x } = inputs;
    const i = tf.backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      attrs.filterSize,
      attrs.strides,
      1,
      attrs.pad,
      attrs.dimRoundingMode,
    );
    const { top, left } = i.padInfo;
    const square = i.filterHeight === i.filterWidth && i.strideHeight === i.strideWidth && top === left;
    if (x.dtype !== "float32" || !square || i.filterHeight > 15) return null;
    const source = backend.as(x, backend.activation);
    const y = backend.make(i.outShape, backend.activation);
    const indices = backend.native.alloc(tf.util.sizeFromShape(i.outShape), U8);
    const [n, h, w, c] = x.shape;
    const sizes = [n, h, w, c, i.outHeight, i.outWidth, i.filterHeight, i.strideHeight, top];
    backend.native.maxPool(source.buffer, y.buffer, indices, sizes);
    backend.native.free(indices);
    source.done();
    return y;
  },
};
