import * as tf from "@tensorflow/tfjs";
import { valueAndGradients } from "../engine/gradients.js";
import { adamScalars, adamStep } from "../engine/ops/adam-step.js";
import { augmentWarp } from "../engine/ops/augment-warp.js";
import { emaStep } from "../engine/ops/ema-step.js";
import { RepeatedStep } from "../engine/repeated-step.js";
import type { ByolNetworks } from "./byol-networks.js";
import { hwioToOihw, oihwToHwio, type TensorMap } from "./host-tensor.js";
import { imagenetInput } from "./imagenet-input.js";

/** What a step trains on. */
export interface ByolBatch {
  /** Bytes of `shape`. */
  images: Uint8Array;
  shape: [n: number, height: number, width: number, channels: number];
  /** The transforms of 2n views, first views first, then their blurs' sigmas: `byolViews`. */
  views: Float32Array;
  /** Side of the network's input in pixels. */
  size: number;
}

/**
 * One training step of BYOL (section 4): gradients of the loss, Adam (Table 1) on the online weights, then
 *
 *   target = tau target + (1 - tau) online                                                         (equation 1)
 */
export class ByolOptimiser {
  /** Steps taken so far. */
  step = 0;
  private repeated?: RepeatedStep<{ images: Uint8Array; views: Float32Array; scalars: Float32Array }>;
  private stepShape = "";
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

  /**
   * Trains on two views of each of a batch of images, one after the other in `views`, and brings the loss before the
   * step. On an engine that runs ahead the promise is kept while the next step is under way.
   */
  train({ images, shape, views, size }: ByolBatch): Promise<number> {
    this.step++;
    const { learningRate } = this.options;
    const arrays = { images, views, scalars: adamScalars({ learningRate, step: this.step }) };
    const key = JSON.stringify([shape, size]);
    if (key !== this.stepShape) this.repeated?.dispose();
    if (key !== this.stepShape || !this.repeated) {
      this.stepShape = key;
      this.repeated = new RepeatedStep((given) => this.trainOnce(given, shape, size));
    }
    return this.repeated.run(arrays);
  }

  private trainOnce(
    { images, views, scalars }: { images: Uint8Array; views: Float32Array; scalars: Float32Array },
    shape: ByolBatch["shape"],
    size: number,
  ): tf.Scalar {
    const count = 2 * shape[0];
    const x = augmentWarp(
      images,
      shape,
      views.subarray(0, 6 * count),
      views.subarray(6 * count),
      imagenetInput(size),
    );
    try {
      return this.update(x, scalars);
    } finally {
      x.dispose();
    }
  }

  /** The step on two views that lie behind one another as the network takes them; returns the loss before it. */
  update(x: tf.Tensor4D, scalars: Float32Array): tf.Scalar {
    const { networks } = this;
    const made: tf.Tensor[] = [];
    let loss: tf.Scalar | undefined;
    try {
      const z = networks.targetProjection(x);
      made.push(z);
      const parameters = networks.trained().map((t) => t.variable);
      const { value, gradients } = valueAndGradients(() => networks.loss(x, z), parameters);
      loss = value;
      made.push(...gradients);
      networks.commitStatistics();
      const { learningRate, tau } = this.options;
      adamStep(parameters, gradients, this.m, this.v, { learningRate, step: this.step, scalars });
      const { target, online } = networks.averaged();
      emaStep(target, online, tau);
      return value;
    } catch (error) {
      // A step that failed, for want of memory say, must not count in the running statistics of the next.
      networks.dropStatistics();
      loss?.dispose();
      throw error;
    } finally {
      tf.dispose(made);
    }
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
    this.repeated?.dispose();
    tf.dispose([...this.m, ...this.v]);
  }
}
