import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { requirePackage } from "../package-root.js";

/**
 * Starts tfjs' WebAssembly backend, gives it the one training kernel it lacks, the weight gradient of a convolution,
 * composed of operations it has, and mends the one that is wrong (`mendFusedMatMul`). One thread in Node, forward
 * convolutions at some 30 GFLOP/s.
 */
export async function startWasm(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  if (!started) {
    setWasmPaths(`${dirname(requirePackage.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    tf.registerKernel({
      kernelName: "Conv2DBackpropFilter",
      backendName: "wasm",
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() =>
          convolutionWeightGradient(
            inputs.x as tf.Tensor4D,
            inputs.dy as tf.Tensor4D,
            attrs as unknown as Attributes,
          ),
        ),
    });
    mendFusedMatMul();
    started = true;
  }
  if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly backend did not start");
}

let started = false;

/**
 * The backend's product with a bias takes a transposed factor for one that is not (tfjs 4.22: other numbers, no error;
 * without a bias they are right). Factors are transposed before it is asked. Put in before the backend starts, which
 * then sets up the original.
 */
function mendFusedMatMul(): void {
  const original = tf.getKernel("_FusedMatMul", "wasm");
  tf.unregisterKernel("_FusedMatMul", "wasm");
  tf.registerKernel({
    ...original,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
      if (!inputs.bias || !(transposeA || transposeB)) return original.kernelFunc({ inputs, backend, attrs });
      return tf.tidy(() => {
        const turned = (factor: tf.TensorInfo, turn: boolean) =>
          turn ? tf.transpose(factor as tf.Tensor3D, [0, 2, 1]) : factor;
        const a = turned(inputs.a!, transposeA);
        const b = turned(inputs.b!, transposeB);
        const plain = { ...attrs, transposeA: false, transposeB: false };
        return original.kernelFunc({ inputs: { ...inputs, a, b }, backend, attrs: plain }) as tf.Tensor;
      });
    },
  });
}

interface Attributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
  filterShape: [number, number, number, number];
}

/** dW[i, j] = X_ij^T dY, with X_ij the input pixels that filter tap (i, j) met, one row per output pixel. */
function convolutionWeightGradient(x: tf.Tensor4D, dy: tf.Tensor4D, a: Attributes): tf.Tensor4D {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    a.filterShape,
    a.strides,
    1,
    a.pad,
    a.dimRoundingMode,
  );
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const [n, oh, ow, outChannels] = dy.shape;
  const [rows, columns, inChannels] = a.filterShape;
  const gradients = tf.reshape(dy, [n * oh * ow, outChannels]);
  const taps: tf.Tensor[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const end = [n, i + (oh - 1) * info.strideHeight + 1, j + (ow - 1) * info.strideWidth + 1, inChannels];
      const met = tf.stridedSlice(padded, [0, i, j, 0], end, [1, info.strideHeight, info.strideWidth, 1]);
      taps.push(tf.matMul(tf.reshape(met, [n * oh * ow, inChannels]), gradients, true));
    }
  }
  return tf.reshape(tf.stack(taps), a.filterShape);
}
