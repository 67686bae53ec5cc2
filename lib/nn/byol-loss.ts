import * as tf from "@tensorflow/tfjs";
import { l2Normalize } from "../engine/ops/l2-normalize.js";

/**
 * BYOL's loss (section 4; Grill et al. 2020, eq. 2):
 *
 *   L = mean_i [ (2 - 2 cos(p1_i, z2_i)) + (2 - 2 cos(p2_i, z1_i)) ]        in [0, 8]
 *
 * p1, p2: the online network's predictions of the two views; z1, z2: the target network's projections of them, taken
 * as constants. All [n, d].
 */
export function byolLoss(p1: tf.Tensor2D, p2: tf.Tensor2D, z1: tf.Tensor2D, z2: tf.Tensor2D): tf.Scalar {
  const half = (p: tf.Tensor2D, z: tf.Tensor2D) => tf.sum(tf.mul(l2Normalize(p), l2Normalize(z)), 1);
  const cosines = tf.add(half(p1, z2), half(p2, z1));
  return tf.sub(4, tf.mul(2, tf.mean(cosines))) as tf.Scalar;
}
