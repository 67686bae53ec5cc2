import * as tf from "@tensorflow/tfjs";
import type { KernelCall, KernelTable } from "./kernel-table.js";

/** Products of the last two axes, either side transposed, over equal batch axes or one side without. */
export const matMulKernels: KernelTable = {
  BatchMatMul: ({ backend, inputs, attrs }) => multiply(backend, inputs.a, inputs.b, null, attrs, false),

  _FusedMatMul({ backend, inputs, attrs }) {
    const { activation } = attrs;
    if (activation && activation !== "linear" && activation !== "relu") return null;
    return multiply(backend, inputs.a, inputs.b, inputs.bias ?? null, attrs, activation === "relu");
  },
};

function multiply(
  backend: KernelCall["backend"],
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  bias: tf.TensorInfo | null,
  { transposeA, transposeB }: { transposeA?: boolean; transposeB?: boolean },
  relu: boolean,
): tf.TensorInfo | null {
  if (a.dtype !== "float32" || b.dtype !== "float32") return null;
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== inner) throw new Error(`the inner sizes ${k} and ${inner} differ`);
  if (bias && tf.util.sizeFromShape(bias.shape) !== n) return null;
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [aCount, bCount] = [tf.util.sizeFromShape(aBatch), tf.util.sizeFromShape(bBatch)];
  const alike = tf.util.arraysEqual(aBatch, bBatch);
  if (!alike && aCount !== 1 && bCount !== 1) return null;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  if (tf.util.sizeFromShape([...batch, m, k, n]) === 0) return null;
  const c = backend.make([...batch, m, n]);
  const sizes = [aCount, bCount, m, k, n, transposeA ? 1 : 0, transposeB ? 1 : 0];
  const biasBuffer = bias && backend.buffer(bias);
  backend.native.matMul(backend.buffer(a), backend.buffer(b), biasBuffer, c.buffer, sizes, relu ? 1 : 0);
  return c;
}
