import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/** The mean over height and width: [n, h, w, c] -> [n, c], the ResNet `avgpool` layer. Differentiable. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  if (x.rank !== 4 || x.size === 0)
    throw new Error(`globalAveragePool: x must be a non-empty [n, h, w, c], not [${x.shape}].`);
  const attributes = { inputShape: [...x.shape] };
  return tf.customGrad((input) => ({
    value: runKernelOp(forward, [input as tf.Tensor], attributes)[0],
    gradFunc: (dy: tf.Tensor) => runKernelOp(backward, [dy], attributes)[0],
  }))(x) as tf.Tensor2D;
}

interface Attributes {
  inputShape: number[];
}

const forward: KernelOp<Attributes> = {
  name: "GlobalAveragePool",
  composed: ([x]) => [tf.mean(x, [1, 2])],
};

const backward: KernelOp<Attributes> = {
  name: "GlobalAveragePoolGrad",
  composed([dy], { inputShape: [n, h, w, c] }) {
    return [tf.tile(tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]), [1, h, w, 1])];
  },
};
