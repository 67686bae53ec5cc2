import * as tf from "@tensorflow/tfjs";
import { elementCount, type TensorMap } from "../../lib/nn/host-tensor.js";
import type { ParameterSet } from "../../lib/nn/parameter-set.js";

/** The numbers of `formula` in test/reference/nn.py: the same in every language. */
export function formula(count: number, salt: number): Float64Array {
  const offset = (salt * 40503 + 12345) >>> 0;
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = (Math.imul(i, 2654435761) + offset) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    x = Math.imul(x, 0x45d9f3b) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    out[i] = x / 2 ** 32 - 0.5;
  }
  return out;
}

/** The values that `fill` in test/reference/nn.py gives tensor `index` (from 0) of a state dict. */
function formulaTensor(name: string, shape: number[], index: number) {
  const u = formula(elementCount(shape), index + 1);
  const scale =
    shape.length === 4
      ? 2 * Math.sqrt(3) * Math.sqrt(2 / (shape[0] * shape[2] * shape[3]))
      : 2 / Math.sqrt(shape[1] ?? 1);
  const value = (v: number) => {
    if (name.endsWith("running_var")) return 1 + 0.5 * v;
    if (name.endsWith("running_mean") || name.endsWith("bias")) return 0.2 * v;
    return shape.length === 1 ? 1 + 0.4 * v : v * scale;
  };
  return { shape, data: new Float32Array(u.map(value)) };
}

/** Fills several parts of a network as one state dict, in their order. */
export function fillByFormula(...parts: ParameterSet[]): void {
  let index = 0;
  for (const part of parts) {
    const values: TensorMap = new Map();
    for (const name of part.names()) values.set(name, formulaTensor(name, part.shape(name), index++));
    part.assign(values);
  }
}

/** The images of test/reference/nn.py, [n, size, size, 3] in [-2, 2). */
export function formulaImages(n: number, size: number, salt: number): tf.Tensor4D {
  const data = Float32Array.from(formula(n * size * size * 3, salt), (v) => 4 * Math.fround(v));
  return tf.tensor4d(data, [n, size, size, 3]);
}

/** Largest |a - b| over largest |b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}.`);
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
    if (Number.isNaN(a[i])) return Number.NaN;
  }
  return worst / scale;
}
