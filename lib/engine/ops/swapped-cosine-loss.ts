import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/**
 * The loss of two views that are to predict each other (BYOL, Grill et al. 2020, eq. 2): rows 0 .. n - 1 of `p` and `z`
 * belong to the first view of n images, rows n .. 2n - 1 to the second, and
 *
 *   L = mean over 2n rows of 4 - 4 cos(p_i, z_(i + n mod 2n))        in [0, 8]
 *
 * p, z: [2n, d]. Differentiable in p; z is a constant.
 */
export function swappedCosineLoss(p: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  if (!tf.util.arraysEqual(p.shape, z.shape) || p.rank !== 2 || p.size === 0 || p.shape[0] % 2 !== 0) {
    throw new Error(`swappedCosineLoss: p [${p.shape}] and z [${z.shape}] must be one shape [2n, d].`);
  }
  return tf.customGrad((input, save) => {
    const [value, cosines, lengths] = runKernelOp(forward, [input as tf.Tensor, z], {});
    (save as tf.GradSaveFunc)([input as tf.Tensor, z, cosines, lengths]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runKernelOp(backward, [dy, ...saved], {})[0];
    return { value, gradFunc };
  })(p) as tf.Scalar;
}

/** cosines: [2n]; lengths: [2, 2n], of each row of p and of the row of z that it meets. */
const forward: KernelOp<object> = {
  name: "SwappedCosineLoss",
  composed([p, z]) {
    const other = swapped(z);
    const length = (t: tf.Tensor) => tf.maximum(tf.sqrt(tf.sum(tf.square(t), 1)), 1e-12);
    const [own, others] = [length(p), length(other)];
    const lengths = tf.reshape(tf.concat([own, others]), [2, -1]);
    const cosines = tf.div(tf.sum(tf.mul(p, other), 1), tf.mul(own, others));
    return [tf.sub(4, tf.mul(4, tf.mean(cosines))), cosines, lengths];
  },
};

/** dp = -4 / 2n dy (z / |z| - cos p / |p|) / |p| */
const backward: KernelOp<object> = {
  name: "SwappedCosineLossGrad",
  composed([dy, p, z, cosines, lengths]) {
    const rows = p.shape[0];
    const [own, others] = [0, 1].map((i) => tf.reshape(tf.slice(lengths, [i, 0], [1, rows]), [rows, 1]));
    const away = tf.mul(tf.div(p, own), tf.expandDims(cosines, 1));
    const towards = tf.sub(tf.div(swapped(z), others), away);
    return [tf.mul(tf.div(towards, own), tf.mul(dy, -4 / rows))];
  },
};

/** The second half of the rows in front of the first. */
function swapped(z: tf.Tensor): tf.Tensor {
  const [rows, d] = z.shape;
  const half = (i: number) => tf.slice(z, [(i * rows) / 2, 0], [rows / 2, d]);
  return tf.concat([half(1), half(0)]);
}
