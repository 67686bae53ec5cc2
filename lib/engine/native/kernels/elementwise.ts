import * as tf from "@tensorflow/tfjs";
import { BF16, F32, type Storage } from "../native.js";
import type { KernelCall, KernelTable, NativeKernel } from "./kernel-table.js";

/** Unary and broadcasting binary kernels on float tensors; integers and booleans are left to tfjs. */
export const elementwiseKernels: KernelTable = {
  ...Object.fromEntries(
    ["Relu", "Neg", "Square", "Sqrt", "Rsqrt", "Abs", "Exp", "Log", "Reciprocal"].map((name) => [
      name,
      unary(name),
    ]),
  ),
  Step: unary("Step", (attrs) => [attrs.alpha, 0]),
  ClipByValue: unary("ClipByValue", (attrs) => [attrs.clipValueMin, attrs.clipValueMax]),
  ...Object.fromEntries(
    ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference"].map((name) => [
      name,
      (call: KernelCall) => binary(name, call),
    ]),
  ),

  Fill({ backend, attrs }) {
    if ((attrs.dtype ?? "float32") !== "float32" || typeof attrs.value !== "number") return null;
    return filled(backend, attrs.shape, attrs.value);
  },
  ZerosLike: ({ backend, inputs: { x } }) =>
    x.dtype === "float32" ? filled(backend, x.shape, 0, backend.storage(x)) : null,
  OnesLike: ({ backend, inputs: { x } }) =>
    x.dtype === "float32" ? filled(backend, x.shape, 1, backend.storage(x)) : null,

  Cast({ backend, inputs: { x }, attrs }) {
    if (x.dtype !== attrs.dtype) return null;
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },

  AddRelu({ backend, inputs }) {
    const [a, b] = Object.values(inputs);
    const storage = a.shape.length === 4 ? backend.activation : F32;
    const [left, right] = [backend.as(a, storage), backend.as(b, storage)];
    const y = backend.make(a.shape, storage);
    backend.native.addRelu(left.buffer, right.buffer, y.buffer);
    left.done();
    right.done();
    return [y];
  },

  AddReluGrad({ backend, inputs }) {
    const [dy, y] = Object.values(inputs);
    const storage = backend.storage(y);
    const source = backend.as(dy, storage);
    const dx = backend.make(y.shape, storage);
    backend.native.reluGrad(source.buffer, backend.buffer(y), dx.buffer);
    source.done();
    return [dx];
  },
};

// biome-ignore lint/suspicious/noExplicitAny: attributes come untyped from tfjs
function unary(name: string, parameters: (attrs: any) => [number, number] = () => [0, 0]): NativeKernel {
  return ({ backend, inputs: { x }, attrs }) => {
    if (x.dtype !== "float32" || tf.util.sizeFromShape(x.shape) === 0) return null;
    const y = backend.make(x.shape, backend.storage(x));
    backend.native.unary(name, backend.buffer(x), y.buffer, ...parameters(attrs));
    return y;
  };
}

function binary(name: string, { backend, inputs: { a, b } }: KernelCall): tf.TensorInfo | null {
  if (a.dtype !== "float32" || b.dtype !== "float32") return null;
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const size = tf.util.sizeFromShape(shape);
  if (size === 0) return null;
  // bf16 only where nothing of full size would lose precision by it.
  const full = [a, b].filter((t) => tf.util.sizeFromShape(t.shape) === size);
  const storage: Storage = full.length > 0 && full.every((t) => backend.storage(t) === BF16) ? BF16 : F32;
  const [aDims, bDims, yDims] = mergeAxes(a.shape, b.shape, shape);
  const y = backend.make(shape, storage);
  backend.native.binary(name, backend.buffer(a), backend.buffer(b), y.buffer, aDims, bDims, yDims);
  return y;
}

/** Pads to one rank and joins neighbouring axes that broadcast alike, so that inner loops are long. */
function mergeAxes(a: number[], b: number[], out: number[]): [number[], number[], number[]] {
  const full = (shape: number[]) => [...new Array(out.length - shape.length).fill(1), ...shape];
  const [fa, fb] = [full(a), full(b)];
  const result: [number[], number[], number[]] = [[1], [1], [1]];
  let last = "";
  out.forEach((size, d) => {
    if (size === 1) return;
    const kind = `${fa[d] === 1},${fb[d] === 1}`;
    const at = result[2].length - 1;
    if (kind === last) {
      [fa[d], fb[d], size].forEach((v, i) => {
        result[i][at] *= v;
      });
    } else {
      result[0].push(fa[d]);
      result[1].push(fb[d]);
      result[2].push(size);
    }
    last = kind;
  });
  return result;
}

function filled(
  backend: KernelCall["backend"],
  shape: number[],
  value: number,
  storage: Storage = F32,
): tf.TensorInfo | null {
  if (tf.util.sizeFromShape(shape) === 0) return null;
  const y = backend.make(shape, storage);
  backend.native.fill(y.buffer, value);
  return y;
}
