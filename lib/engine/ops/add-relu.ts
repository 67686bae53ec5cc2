import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/** relu(a + b) for two tensors of one shape: the end of a residual block. Differentiable. */
export function addRelu<T extends tf.Tensor>(a: T, b: T): T {
  if (!tf.util.arraysEqual(a.shape, b.shape)) {
    throw new Error(`addRelu: a [${a.shape}] and b [${b.shape}] must have one shape.`);
  }
  return tf.customGrad((x, y, save) => {
    const [value] = runKernelOp(forward, [x as tf.Tensor, y as tf.Tensor], {});
    (save as tf.GradSaveFunc)([value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [g] = runKernelOp(backward, [dy, saved[0]], {});
      return [g, g.clone()];
    };
    return { value, gradFunc };
  })(a, b) as T;
}

const forward: KernelOp<object> = {
  name: "AddRelu",
  composed: ([a, b]) => [tf.relu(tf.add(a, b))],
};

const backward: KernelOp<object> = {
  name: "AddReluGrad",
  composed: ([dy, y]) => [tf.mul(dy, tf.cast(tf.greater(y, 0), "float32"))],
};
