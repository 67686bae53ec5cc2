import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/**
 * y = x / max(|x|, 1e-12) for each row of [n, d], as torch.nn.functional.normalize. Differentiable:
 * dx = (dy - y (y . dy)) / |x|. Zero rows stay zero.
 */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  if (x.rank !== 2 || x.size === 0)
    throw new Error(`l2Normalize: x must be a non-empty [n, d], not [${x.shape}].`);
  return tf.customGrad((input, save) => {
    const [value, norm] = runKernelOp(forward, [input as tf.Tensor], {});
    (save as tf.GradSaveFunc)([value, norm]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runKernelOp(backward, [dy, ...saved], {})[0];
    return { value, gradFunc };
  })(x) as tf.Tensor2D;
}

const forward: KernelOp<object> = {
  name: "L2Normalize",
  composed([x]) {
    const norm = tf.maximum(tf.sqrt(tf.sum(tf.square(x), 1, true)), 1e-12);
    return [tf.div(x, norm), norm];
  },
};

const backward: KernelOp<object> = {
  name: "L2NormalizeGrad",
  composed([dy, y, norm]) {
    return [tf.div(tf.sub(dy, tf.mul(y, tf.sum(tf.mul(dy, y), 1, true))), norm)];
  },
};
