import * as tf from "@tensorflow/tfjs";
import { valueAndGradients } from "../engine/gradients.js";
import { adamStep } from "../engine/ops/adam-step.js";
import { emaStep } from "../engine/ops/ema-step.js";
import type { ByolNetworks } from "./byol-networks.js";
import { hwioToOihw, oihwToHwio, type TensorMap } from "./host-tensor.js";

/**
 * One training step of BYOL (section 4): gradients of the loss, Adam (Table 1) on the online weights, then
 *
 *   target = tau target + (1 - tau) online                                                         (equation 1)
 */
export class ByolOptimiser {
  /** Steps taken so far. */
  step = 0;
  private readonly m: tf.Variable[];
  private readonly v: tf.Variable[];

  constructor(
    private readonly networks: ByolNetworks,
    private readonly options: { learningRate: number; tau: number },
  ) {
    const zeros = () =>
      networks.trained().map(({ variable }) => tf.tidy(() => tf.variable(tf.zerosLike(variable), false)));
    this.m = zeros();
    this.v = zeros();
  }

  /** Trains on two views [n, size, size, 3] of the same images and returns the loss before the step. */
  async train(view1: tf.Tensor4D, view2: tf.Tensor4D): Promise<number> {
    const { networks } = this;
    const { learningRate, tau } = this.options;
    const z1 = networks.targetProjection(view1);
    const z2 = networks.targetProjection(view2);
    const parameters = networks.trained().map((t) => t.variable);
    const { value, gradients } = valueAndGradients(() => networks.loss(view1, view2, z1, z2), parameters);
    networks.commitStatistics();
    this.step++;
    adamStep(parameters, gradients, this.m, this.v, {
      learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      step: this.step,
    });
    const { target, online } = networks.averaged();
    emaStep(target, online, tau);
    const loss = (await value.data())[0];
    tf.dispose([z1, z2, value, ...gradients]);
    return loss;
  }

  /** Adam's moments, "adam.m.online.encoder.conv1.weight" and so on, in PyTorch's layout. */
  async export(): Promise<TensorMap> {
    const out: TensorMap = new Map();
    const trained = this.networks.trained();
    for (const [letter, moments] of [
      ["m", this.m],
      ["v", this.v],
    ] as const)
      for (const [i, variable] of moments.entries()) {
        const tensor = { shape: [...variable.shape], data: Float32Array.from(await variable.data()) };
        out.set(`adam.${letter}.${trained[i].name}`, tensor.shape.length === 4 ? hwioToOihw(tensor) : tensor);
      }
    return out;
  }

  assign(tensors: TensorMap, step: number): void {
    for (const [i, { name, shape }] of this.networks.trained().entries())
      for (const [letter, moments] of [
        ["m", this.m],
        ["v", this.v],
      ] as const) {
        const tensor = tensors.get(`adam.${letter}.${name}`);
        if (!tensor || !tf.util.arraysEqual(tensor.shape, shape))
          throw new Error(`The checkpoint lacks "adam.${letter}.${name}" of shape [${shape}].`);
        const engine = shape.length === 4 ? oihwToHwio(tensor) : tensor;
        const value = tf.tensor(engine.data.slice(), engine.shape, "float32");
        moments[i].assign(value);
        value.dispose();
      }
    this.step = step;
  }

  dispose(): void {
    tf.dispose([...this.m, ...this.v]);
  }
}
