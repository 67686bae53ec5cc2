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
 * torch.nn.BatchNorm2d uses the unbiased variance, that is `variance` times m / (m - 1), m = x.size / c. With
 * `groups` > 1 the first axis is cut into as many equal parts, each normalised by itself; `mean` and `variance` are then
 * [groups, c].
 *
 * One fused kernel each way on the native engines; the same equations composed of tfjs operations elsewhere.
 */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  options: BatchNormTrainOptions = {},
): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const { epsilon = 1e-5, relu = false, residual, groups = 1 } = options;
  checkShapes(x, gamma, beta, residual, groups);
  const attributes = { epsilon, relu, hasResidual: residual !== undefined, groups };
  let mean: tf.Tensor | undefined;
  let variance: tf.Tensor | undefined;
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const inputs = args as tf.Tensor[];
    const [value, m, v] = runKernelOp(forward, inputs, attributes);
    mean = tf.keep(m);
    variance = tf.keep(v);
    // What the ReLU lets through is told by x alone, unless a residual was added: then y is needed, which the next layer
    // keeps alive anyway. Else y goes where nobody behind wants it, as behind the stem, whose y is a network's largest.
    save([...inputs.slice(0, 3), m, v, ...(relu && residual ? [value] : [])]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runKernelOp(backward, [dy, ...saved], attributes);
    return { value, gradFunc };
  });
  const y = residual ? op(x, gamma, beta, residual) : op(x, gamma, beta);
  // Kept tensors outlive every tidy; clones of them belong to the caller's.
  const result = { y, mean: mean!.clone(), variance: variance!.clone() };
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
  /** How many batches lie behind one another in x, default 1. */
  groups?: number;
}

interface Attributes {
  epsilon: number;
  relu: boolean;
  hasResidual: boolean;
  groups: number;
}

/** [groups, rows, c] of a channels-last tensor: the statistics are means over the middle axis. */
const grouped = (x: tf.Tensor, groups: number) => tf.reshape(x, [groups, -1, x.shape[x.rank - 1]]);
/** The statistics as they are handed out. */
const statistics = (t: tf.Tensor, groups: number) => tf.reshape(t, groups > 1 ? [groups, -1] : [-1]);

const forward: KernelOp<Attributes> = {
  name: "BatchNormTrain",
  composed([input, gamma, beta, residual], { epsilon, relu, groups }) {
    const x = grouped(input, groups);
    const mean = tf.mean(x, 1, true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), 1, true);
    const scaled = tf.mul(centred, tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon))));
    let y = tf.reshape(tf.add(scaled, beta), input.shape);
    if (residual) y = tf.add(y, residual);
    return [relu ? tf.relu(y) : y, statistics(mean, groups), statistics(variance, groups)];
  },
};

/** dx = gamma / sigma (g - mean(g) - xhat mean(g xhat)), g = dy masked by the ReLU; dgamma = sum(g xhat), dbeta = sum(g). */
const backward: KernelOp<Attributes> = {
  name: "BatchNormTrainGrad",
  composed([dy, input, gamma, beta, mean, variance, y], { epsilon, relu, hasResidual, groups }) {
    const x = grouped(input, groups);
    const count = x.shape[1]!;
    const each = [groups, 1, input.shape[input.rank - 1]];
    const inverse = tf.rsqrt(tf.add(tf.reshape(variance, each), epsilon));
    const centred = tf.sub(x, tf.reshape(mean, each));
    const normalised = tf.mul(centred, inverse);
    const above = () =>
      hasResidual ? grouped(y, groups) : tf.add(tf.mul(centred, tf.mul(gamma, inverse)), beta);
    const kept = relu ? tf.cast(tf.greater(above(), 0), "float32") : null;
    const g = kept ? tf.mul(grouped(dy, groups), kept) : grouped(dy, groups);
    const sum = tf.sum(g, 1, true);
    const dot = tf.sum(tf.mul(g, normalised), 1, true);
    const within = tf.sub(tf.sub(g, tf.div(sum, count)), tf.mul(normalised, tf.div(dot, count)));
    const dx = tf.reshape(tf.mul(within, tf.mul(gamma, inverse)), input.shape);
    const gradients = [dx, tf.sum(dot, [0, 1]), tf.sum(sum, [0, 1])];
    return hasResidual ? [...gradients, tf.reshape(g, input.shape)] : gradients;
  },
};

function checkShapes(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  residual: tf.Tensor | undefined,
  groups: number,
): void {
  const channels = x.shape[x.rank - 1];
  const wrong =
    (x.rank !== 2 && x.rank !== 4) ||
    x.size === 0 ||
    gamma.rank !== 1 ||
    gamma.size !== channels ||
    beta.rank !== 1 ||
    beta.size !== channels ||
    !(Number.isInteger(groups) && groups >= 1 && x.shape[0] % groups === 0) ||
    (residual && !tf.util.arraysEqual(residual.shape, x.shape));
  if (wrong) {
    throw new Error(
      `batchNormTrain: x [${x.shape}], gamma [${gamma.shape}], beta [${beta.shape}]${residual ? `, residual [${residual.shape}]` : ""} do not fit; ` +
        `x must be a non-empty [n, h, w, c] or [n, c], n a multiple of ${groups}, gamma and beta [c], residual like x.`,
    );
  }
}
