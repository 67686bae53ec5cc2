import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/**
 * Training batch normalisation (Ioffe & Szegedy 2015) with an optional residual and ReLU behind it:
 *
 *   mean = E[x], variance = E[(x - mean)^2]            over every axis but the last (biased)
 *   y = relu?( gamma (x - mean) / sqrt(variance + epsilon) + beta + residual? )
 *
 * x: [n, h, w, c] or [n, c]; gamma, beta: [c]; residual: the shape of x. Differentiable in x, gamma, beta and
 * residual; `mean` and `variance` (both [c]) carry no gradient: they are for the running statistics, for which
 * torch.nn.BatchNorm2d uses the unbiased variance, that is `variance` times m / (m - 1), m = x.size / c.
 * One fused kernel each way on oneDNN; the same equations composed of tfjs operations elsewhere.
 */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  options: BatchNormTrainOptions = {},
): { y: tf.Tensor; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const { epsilon = 1e-5, relu = false, residual } = options;
  checkShapes(x, gamma, beta, residual);
  const attributes = { epsilon, relu, hasResidual: residual !== undefined };
  let mean: tf.Tensor | undefined;
  let variance: tf.Tensor | undefined;
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const inputs = args as tf.Tensor[];
    const [value, m, v] = runKernelOp(forward, inputs, attributes);
    mean = tf.keep(m);
    variance = tf.keep(v);
    // The ReLU mask is y > 0, and y is kept alive by the next layer anyway.
    save(relu ? [...inputs.slice(0, 3), m, v, value] : [...inputs.slice(0, 3), m, v]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runKernelOp(backward, [dy, ...saved], attributes);
    return { value, gradFunc };
  });
  const y = residual ? op(x, gamma, beta, residual) : op(x, gamma, beta);
  // Kept tensors outlive every tidy; clones of them belong to the caller's.
  const result = { y, mean: mean!.clone() as tf.Tensor1D, variance: variance!.clone() as tf.Tensor1D };
  mean!.dispose();
  variance!.dispose();
  return result;
}

export interface BatchNormTrainOptions {
  /** Added to the variance; default 1e-5, as in PyTorch. */
  epsilon?: number;
  /** Apply max(0, .) last. */
  relu?: boolean;
  /** Added before the ReLU. */
  residual?: tf.Tensor;
}

interface Attributes {
  epsilon: number;
  relu: boolean;
  hasResidual: boolean;
}

const forward: KernelOp<Attributes> = {
  name: "BatchNormTrain",
  composed([x, gamma, beta, residual], { epsilon, relu }) {
    const axes = x.shape.map((_, i) => i).slice(0, -1);
    const mean = tf.mean(x, axes);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), axes);
    let y = tf.add(tf.mul(centred, tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)))), beta);
    if (residual) y = tf.add(y, residual);
    return [relu ? tf.relu(y) : y, mean, variance];
  },
};

/** dx = gamma / sigma (g - mean(g) - xhat mean(g xhat)), g = dy masked by the ReLU; dgamma = sum(g xhat), dbeta = sum(g). */
const backward: KernelOp<Attributes> = {
  name: "BatchNormTrainGrad",
  composed([dy, x, gamma, _beta, mean, variance, y], { epsilon, relu, hasResidual }) {
    const axes = x.shape.map((_, i) => i).slice(0, -1);
    const count = x.size / x.shape[x.rank - 1];
    const g = relu ? tf.mul(dy, tf.cast(tf.greater(y, 0), "float32")) : dy;
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normalised = tf.mul(tf.sub(x, mean), inverse);
    const dbeta = tf.sum(g, axes);
    const dgamma = tf.sum(tf.mul(g, normalised), axes);
    const within = tf.sub(tf.sub(g, tf.div(dbeta, count)), tf.mul(normalised, tf.div(dgamma, count)));
    const dx = tf.mul(within, tf.mul(gamma, inverse));
    return hasResidual ? [dx, dgamma, dbeta, g.clone()] : [dx, dgamma, dbeta];
  },
};

function checkShapes(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, residual?: tf.Tensor): void {
  const channels = x.shape[x.rank - 1];
  const wrong =
    (x.rank !== 2 && x.rank !== 4) ||
    x.size === 0 ||
    gamma.rank !== 1 ||
    gamma.size !== channels ||
    beta.rank !== 1 ||
    beta.size !== channels ||
    (residual && !tf.util.arraysEqual(residual.shape, x.shape));
  if (wrong) {
    throw new Error(
      `batchNormTrain: x [${x.shape}], gamma [${gamma.shape}], beta [${beta.shape}]${residual ? `, residual [${residual.shape}]` : ""} do not fit; ` +
        "x must be a non-empty [n, h, w, c] or [n, c], gamma and beta [c], residual like x.",
    );
  }
}
