import * as tf from "@tensorflow/tfjs";
import { type BatchNormTrainOptions, batchNormTrain } from "./batch-norm-train.js";
import { runKernelOp } from "./kernel-op.js";

/**
 * A convolution without bias and the training batch normalisation behind it, as in a residual network:
 *
 *   u = x * filter,   y = relu?( gamma (u - mean) / sqrt(variance + epsilon) + beta + residual? )
 *
 * x: [n, h, w, c]; filter: [kh, kw, c, k], strided and padded by `pad` on each side as torch.nn.Conv2d; gamma, beta:
 * [k]. Mirrors `batchNormTrain(tf.conv2d(...))` in every number and in its gradients, which are one call each way on an
 * engine that has the pair; on the others it is those two.
 */
export function convBatchNorm(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  options: ConvBatchNormOptions,
): { y: tf.Tensor4D; mean: tf.Tensor; variance: tf.Tensor } {
  const { stride, pad, inputGradient = true, epsilon = 1e-5, relu = false, residual, groups = 1 } = options;
  if (!tf.getKernel("ConvBatchNorm", tf.getBackend())) {
    const u = tf.conv2d(x, filter, stride, pad, "NHWC", 1, "floor");
    const { y, mean, variance } = batchNormTrain(u, gamma, beta, options);
    return { y: y as tf.Tensor4D, mean, variance };
  }
  const attributes = {
    ...{ strides: stride, pad, dimRoundingMode: "floor", inputGradient },
    ...{ epsilon, relu, groups, hasResidual: residual !== undefined },
  };
  let statistics: tf.Tensor[] = [];
  // Images have no gradient: where none is asked for, x is no input of the operation.
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const inputs = inputGradient ? (args as tf.Tensor[]) : [x, ...(args as tf.Tensor[])];
    const [value, u, mean, variance] = runKernelOp(forward, inputs, attributes);
    statistics = [tf.keep(mean), tf.keep(variance)];
    // y only where a residual was added, as in `batchNormTrain`.
    save([...inputs.slice(0, 4), u, mean, variance, ...(relu && residual ? [value] : [])]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runKernelOp(backward, [dy, ...saved], attributes);
    return { value, gradFunc };
  });
  const rest = [filter, gamma, beta, ...(residual ? [residual] : [])];
  const y = (inputGradient ? op(x, ...rest) : op(...rest)) as tf.Tensor4D;
  // Kept tensors outlive every tidy; clones of them belong to the caller's.
  const [mean, variance] = statistics.map((t) => {
    const result = t.clone();
    t.dispose();
    return result;
  });
  return { y, mean, variance };
}

export interface ConvBatchNormOptions extends BatchNormTrainOptions {
  stride: number;
  pad: number;
  /** False where x is an image, whose gradient nobody wants. Default true. */
  inputGradient?: boolean;
}

/** Both run only where a native engine has registered them. */
const native = (name: string) => ({
  name,
  composed(): tf.Tensor[] {
    throw new Error(`${name} has no composition`);
  },
});
const forward = native("ConvBatchNorm");
const backward = native("ConvBatchNormGrad");
