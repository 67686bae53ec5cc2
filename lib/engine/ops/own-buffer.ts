import * as tf from "@tensorflow/tfjs";

/**
 * Makes sure that a variable about to be changed in place shares its storage with nobody: tfjs lets a clone, a
 * reshape or `tf.variable(x)` point at one buffer, and a target network made that way would move with the online one.
 */
export function ownBuffer(variable: tf.Variable): void {
  if (tf.engine().backend.refCount(variable.dataId) < 2) return;
  tf.tidy(() => variable.assign(tf.mul(variable, 1)));
}
