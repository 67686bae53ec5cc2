import * as tf from "@tensorflow/tfjs";
import type { Random } from "../random.js";
import { addBatchNorm, trainBatchNorm } from "./batch-norm.js";
import { linearUniform } from "./initialise.js";
import { ParameterSet } from "./parameter-set.js";

/**
 * BYOL's projector and predictor (section 4, Grill et al. 2020): Linear -> BatchNorm -> ReLU -> Linear.
 * Tensor names and the start are those of a torch.nn.Sequential: 0 and 3 the linear layers, 1 the batch norm.
 */
export class ProjectionHead {
  readonly parameters = new ParameterSet();

  constructor(inputs: number, hidden: number, outputs: number, random: Random) {
    const linear = (layer: string, from: number, to: number) => {
      this.parameters.add(`${layer}.weight`, linearUniform([to, from], from, random.fork(`${layer}.weight`)));
      this.parameters.add(`${layer}.bias`, linearUniform([to], from, random.fork(`${layer}.bias`)));
    };
    linear("0", inputs, hidden);
    addBatchNorm(this.parameters, "1", hidden);
    linear("3", hidden, outputs);
  }

  /**
   * [n, inputs] -> [n, outputs], with the batch's own statistics; n at least 2. `groups` batches of one size may lie
   * behind one another in x, each normalised by itself.
   */
  train(x: tf.Tensor2D, groups = 1): tf.Tensor2D {
    const linear = (layer: string, input: tf.Tensor2D) =>
      tf.fused.matMul({
        a: input,
        b: this.parameters.get(`${layer}.weight`) as tf.Tensor as tf.Tensor2D,
        transposeB: true,
        bias: this.parameters.get(`${layer}.bias`),
      }) as tf.Tensor2D;
    const hidden = trainBatchNorm(this.parameters, "1", linear("0", x), { relu: true, groups });
    return linear("3", hidden);
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
