import * as tf from "@tensorflow/tfjs";

/** One small operation on the current backend: throws where it fails or is wrong. */
export function probe(): void {
  const sum = tf.tidy(() => tf.add(tf.fill([2], 20), 22).dataSync());
  if (sum[0] !== 42 || sum[1] !== 42) throw new Error(`20 + 22 gave ${sum[0]} and ${sum[1]}`);
}
