import * as tf from "@tensorflow/tfjs";
import { BF16, F32 } from "../native.js";
import type { KernelTable } from "./kernel-table.js";

/** Transpose, slice, concatenation and padding, each a strided copy; any storage of float tensors. */
export const copyKernels: KernelTable = {
  Transpose({ backend, inputs: { x }, attrs }) {
    if (x.dtype !== "float32" || tf.util.sizeFromShape(x.shape) === 0 || x.shape.length === 0) return null;
    const perm: number[] = attrs.perm;
    const shape = perm.map((axis) => x.shape[axis]);
    const from = steps(x.shape);
    const y = backend.make(shape, backend.storage(x));
    const fromSteps = perm.map((axis) => from[axis]);
    backend.native.copy(backend.buffer(x), y.buffer, shape, fromSteps, steps(shape), 0, 0);
    return y;
  },

  Slice({ backend, inputs: { x }, attrs }) {
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin, attrs.size);
    tf.slice_util.assertParamsValid(x as tf.Tensor, begin, size);
    if (x.dtype !== "float32" || tf.util.sizeFromShape(size) === 0 || size.length === 0) return null;
    const from = steps(x.shape);
    const y = backend.make(size, backend.storage(x));
    backend.native.copy(backend.buffer(x), y.buffer, size, from, steps(size), dot(begin, from), 0);
    return y;
  },

  Concat({ backend, inputs, attrs }) {
    const parts = Object.values(inputs).filter((t) => tf.util.sizeFromShape(t.shape) > 0);
    if (parts.length === 0 || parts.some((t) => t.dtype !== "float32")) return null;
    const storage = parts.every((t) => backend.storage(t) === BF16) ? BF16 : F32;
    const axis = tf.util.parseAxisParam(attrs.axis, parts[0].shape)[0];
    tf.backend_util.assertParamsConsistent(
      parts.map((t) => t.shape),
      axis,
    );
    const shape = tf.backend_util.computeOutShape(
      parts.map((t) => t.shape),
      axis,
    );
    const y = backend.make(shape, storage);
    const to = steps(shape);
    let offset = 0;
    for (const part of parts) {
      const source = backend.as(part, storage);
      backend.native.copy(source.buffer, y.buffer, part.shape, steps(part.shape), to, 0, offset);
      source.done();
      offset += part.shape[axis] * to[axis];
    }
    return y;
  },

  PadV2({ backend, inputs: { x }, attrs }) {
    const paddings: [number, number][] = attrs.paddings;
    if (x.dtype !== "float32" || tf.util.sizeFromShape(x.shape) === 0 || x.shape.length === 0) return null;
    const shape = x.shape.map((v, d) => v + paddings[d][0] + paddings[d][1]);
    const y = backend.make(shape, backend.storage(x));
    backend.native.fill(y.buffer, attrs.constantValue ?? 0);
    const to = steps(shape);
    const before = paddings.map(([front]) => front);
    backend.native.copy(backend.buffer(x), y.buffer, x.shape, steps(x.shape), to, 0, dot(before, to));
    return y;
  },
};

/** Row-major steps: how far apart neighbours along each axis lie. */
function steps(shape: number[]): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) result[d] = result[d + 1] * shape[d + 1];
  return result;
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, v, i) => sum + v * b[i], 0);
}
