import * as tf from "@tensorflow/tfjs";
import type { Pass, ResnetConvolution } from "./resnet-convolutions.js";

/** A task of engine-worker.ts and of peers/torch_convolutions.py: a pass of a convolution, `repeats` in a row. */
export function convolutionTask(pass: Pass, c: ResnetConvolution, n: number, repeats: number): string {
  return ["convolution", pass, c.inputs, c.outputs, c.kernel, c.stride, c.side, n, repeats].join(" ");
}

/** Seconds a call of what convolutionTask says, on the engine that was started; the last result is waited for. */
export async function runConvolution(task: string): Promise<number> {
  const [, pass, ...numbers] = task.split(" ");
  const [inputs, outputs, kernel, stride, side, n, repeats] = numbers.map(Number);
  const pad = (kernel - 1) / 2;
  const to = Math.floor((side + 2 * pad - kernel) / stride) + 1;
  const x = activation(n, side, inputs);
  const dy = activation(n, to, outputs);
  const filter = tf.randomNormal([kernel, kernel, inputs, outputs]);
  const around: [number, number] = [pad, pad];
  const shared = {
    strides: [stride, stride],
    pad: [[0, 0], around, around, [0, 0]],
    dataFormat: "NHWC",
    dilations: [1, 1],
    dimRoundingMode: "floor",
  };
  const kernels: Record<string, () => tf.Tensor> = {
    forward: () => tf.engine().runKernel("Conv2D", { x, filter }, shared),
    data: () =>
      tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, { ...shared, inputShape: x.shape }),
    weights: () =>
      tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, { ...shared, filterShape: filter.shape }),
  };
  const calls = async (count: number) => {
    for (let i = 1; i < count; i++) kernels[pass]().dispose();
    const last = kernels[pass]();
    const corner = tf.slice(last, [0, 0, 0, 0], [1, 1, 1, 1]);
    await corner.data();
    tf.dispose([last, corner]);
  };
  await calls(2);
  const start = performance.now();
  await calls(repeats);
  const seconds = (performance.now() - start) / 1000 / repeats;
  tf.dispose([x, dy, filter]);
  return seconds;
}

/** [n, side, side, channels] of noise as the engine stores what its layers give. */
function activation(n: number, side: number, channels: number): tf.Tensor4D {
  return tf.tidy(() =>
    tf.conv2d(tf.randomNormal([n, side, side, 1]), tf.randomNormal([1, 1, 1, channels]), 1, 0),
  );
}
