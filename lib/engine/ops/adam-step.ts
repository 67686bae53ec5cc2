import * as tf from "@tensorflow/tfjs";
import { ownBuffer } from "./own-buffer.js";

/** torch.optim.Adam's. */
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/**
 * One step of Adam (Kingma & Ba 2015) over all parameters at once, in the form of torch.optim.Adam:
 *
 *   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *   p = p - learningRate / (1 - beta1^step) * m / (sqrt(v / (1 - beta2^step)) + epsilon)
 *
 * `step` counts from 1. `params`, `m` and `v` are updated in place; `grads` are only read and stay the caller's.
 */
export function adamStep(
  params: tf.Variable[],
  grads: tf.Tensor[],
  m: tf.Variable[],
  v: tf.Variable[],
  options: AdamOptions,
): void {
  const { step } = options;
  if (grads.length !== params.length || m.length !== params.length || v.length !== params.length) {
    throw new Error(
      `adamStep: ${params.length} parameters need as many gradients and moments; got ${grads.length}, ${m.length} and ${v.length}.`,
    );
  }
  if (!Number.isInteger(step) || step < 1) throw new Error(`adamStep: step counts from 1, not ${step}.`);
  params.forEach((p, i) => {
    for (const t of [grads[i], m[i], v[i]]) {
      if (!tf.util.arraysEqual(t.shape, p.shape)) {
        throw new Error(
          `adamStep: "${p.name}" has shape [${p.shape}] but its gradient or moment has [${t.shape}].`,
        );
      }
    }
  });
  const scalars = options.scalars ?? adamScalars(options);
  const backend = tf.getBackend();
  if (tf.getKernel("AdamStep", backend)) {
    const mutable = [...params, ...m, ...v];
    mutable.forEach(ownBuffer);
    const inputs = [...mutable, ...grads] as unknown as tf.NamedTensorMap;
    tf.engine().runKernel("AdamStep", inputs, { scalars, beta1, beta2, epsilon });
    return;
  }
  const [rate, scale] = scalars;
  tf.tidy(() => {
    params.forEach((p, i) => {
      m[i].assign(tf.add(tf.mul(m[i], beta1), tf.mul(grads[i], 1 - beta1)));
      v[i].assign(tf.add(tf.mul(v[i], beta2), tf.mul(tf.square(grads[i]), 1 - beta2)));
      p.assign(tf.sub(p, tf.div(tf.mul(m[i], rate), tf.add(tf.mul(tf.sqrt(v[i]), scale), epsilon))));
    });
  });
}

export interface AdamOptions {
  learningRate: number;
  /** 1 for the first update. */
  step: number;
  /** `adamScalars` of these options, where a recorded step reads them from an array of its own. */
  scalars?: Float32Array;
}

/** What changes from step to step: the rate and the factor of sqrt(v), both with the bias corrected. */
export function adamScalars({ learningRate, step }: AdamOptions): Float32Array {
  return Float32Array.of(learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step));
}
