import * as tf from "@tensorflow/tfjs";
import { F32 } from "../native.js";
import type { KernelCall, KernelTable } from "./kernel-table.js";

/** Convolutions: x [n, h, w, c], filter [kh, kw, c, k]; results of rank 4 in the activation storage, gradients of weights in f32. */
export const convolutionKernels: KernelTable = {
  Conv2D: ({ backend, inputs, attrs }) => forward(backend, inputs, attrs, null, false),

  FusedConv2D({ backend, inputs, attrs }) {
    const { activation } = attrs;
    const bias = inputs.bias ?? null;
    const channels = inputs.filter.shape[3];
    if (activation && activation !== "linear" && activation !== "relu") return null;
    if (bias && (bias.dtype !== "float32" || tf.util.sizeFromShape(bias.shape) !== channels)) return null;
    return forward(backend, inputs, attrs, bias, activation === "relu");
  },

  Conv2DBackpropInput({ backend, inputs, attrs }) {
    const { dy, filter } = inputs;
    const sizes = convolutionSizes(attrs.inputShape, filter.shape, attrs);
    if (!sizes || dy.dtype !== "float32" || filter.dtype !== "float32") return null;
    const dx = backend.make(attrs.inputShape, backend.activation);
    backend.native.conv2dBackwardData(backend.buffer(dy), backend.buffer(filter), dx.buffer, sizes);
    return dx;
  },

  Conv2DBackpropFilter({ backend, inputs, attrs }) {
    const { x, dy } = inputs;
    const sizes = convolutionSizes(x.shape, attrs.filterShape, attrs);
    if (!sizes || x.dtype !== "float32" || dy.dtype !== "float32") return null;
    const dw = backend.make(attrs.filterShape, F32);
    backend.native.conv2dBackwardWeights(
      backend.buffer(x),
      backend.buffer(dy),
      dw.buffer,
      sizes,
      backend.activation,
    );
    return dw;
  },
};

function forward(
  backend: KernelCall["backend"],
  inputs: KernelCall["inputs"],
  attrs: ConvolutionAttributes,
  bias: tf.TensorInfo | null,
  relu: boolean,
): tf.TensorInfo | null {
  const { x, filter } = inputs;
  const sizes = convolutionSizes(x.shape, filter.shape, attrs);
  if (!sizes || x.dtype !== "float32" || filter.dtype !== "float32") return null;
  const [n, , , , k] = sizes;
  const y = backend.make([n, sizes[7], sizes[8], k], backend.activation);
  const biasBuffer = bias && backend.buffer(bias);
  backend.native.conv2d(backend.buffer(x), backend.buffer(filter), biasBuffer, y.buffer, sizes, relu ? 1 : 0);
  return y;
}

interface ConvolutionAttributes {
  strides: number | [number, number];
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dilations?: number | [number, number];
  dataFormat?: string;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The 17 sizes of conv.cc; null for a layout other than channels last. */
export function convolutionSizes(x: number[], filter: number[], a: ConvolutionAttributes): number[] | null {
  if (a.dataFormat && a.dataFormat !== "NHWC") return null;
  const i = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    a.strides,
    a.dilations ?? 1,
    a.pad,
    a.dimRoundingMode,
  );
  if (i.padInfo.type === "EXPLICIT" && a.dimRoundingMode === "ceil") return null;
  const { top, left, bottom, right } = i.padInfo;
  return [
    ...[i.batchSize, i.inHeight, i.inWidth, i.inChannels, i.outChannels, i.filterHeight, i.filterWidth],
    ...[i.outHeight, i.outWidth, i.strideHeight, i.strideWidth, i.dilationHeight, i.dilationWidth],
    ...[top, left, bottom, right],
  ];
}
