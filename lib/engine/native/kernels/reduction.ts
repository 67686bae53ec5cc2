import * as tf from "@tensorflow/tfjs";
import type { KernelCall, KernelTable } from "./kernel-table.js";

/** Reductions over neighbouring axes, to f32. */
export const reductionKernels: KernelTable = {
  Sum: (call) => reduce(0, call),
  Mean: (call) => reduce(1, call),
  Max: (call) => reduce(2, call),

  SwappedCosineLoss({ backend, inputs }) {
    const [p, z] = Object.values(inputs);
    const [loss, cosines, lengths] = [[], [p.shape[0]], [2, p.shape[0]]].map((shape) => backend.make(shape));
    const [from, to] = [backend.buffer(p), backend.buffer(z)];
    backend.native.swappedCosineLoss!(from, to, loss.buffer, cosines.buffer, lengths.buffer, p.shape);
    return [loss, cosines, lengths];
  },

  SwappedCosineLossGrad({ backend, inputs }) {
    const [dy, p, z, cosines, lengths] = Object.values(inputs).map((t) => backend.buffer(t));
    const shape = inputs[1].shape;
    const dp = backend.make(shape);
    backend.native.swappedCosineLossGrad!(dy, p, z, cosines, lengths, dp.buffer, shape);
    return [dp];
  },

  L2Normalize({ backend, inputs }) {
    const [x] = Object.values(inputs);
    const y = backend.make(x.shape);
    const norm = backend.make([x.shape[0], 1]);
    backend.native.l2Normalize(backend.buffer(x), y.buffer, norm.buffer, x.shape);
    return [y, norm];
  },

  L2NormalizeGrad({ backend, inputs }) {
    const [dy, y, norm] = Object.values(inputs);
    const dx = backend.make(y.shape);
    backend.native.l2NormalizeGrad(
      backend.buffer(dy),
      backend.buffer(y),
      backend.buffer(norm),
      dx.buffer,
      y.shape,
    );
    return [dx];
  },
};

function reduce(kind: number, { backend, inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  const axes = [...tf.util.parseAxisParam(attrs.axis ?? attrs.reductionIndices, x.shape)].sort(
    (a, b) => a - b,
  );
  const together = axes.every((axis, i) => i === 0 || axis === axes[i - 1] + 1);
  const size = tf.util.sizeFromShape(x.shape);
  if (x.dtype !== "float32" || size === 0 || !together || axes.length === 0) return null;
  const outer = tf.util.sizeFromShape(x.shape.slice(0, axes[0]));
  const n = tf.util.sizeFromShape(axes.map((axis) => x.shape[axis]));
  const kept = x.shape.filter((_, d) => !axes.includes(d));
  const shape = attrs.keepDims ? x.shape.map((v, d) => (axes.includes(d) ? 1 : v)) : kept;
  const y = backend.make(shape);
  backend.native.reduce(kind, backend.buffer(x), y.buffer, [outer, n, size / outer / n]);
  return y;
}
