import * as tf from "@tensorflow/tfjs";
import { addRelu } from "../engine/ops/add-relu.js";
import { globalAveragePool } from "../engine/ops/global-average-pool.js";
import { maxPool } from "../engine/ops/max-pool.js";
import { Random } from "../random.js";
import { addBatchNorm, foldedBatchNorm, type TrainConvOptions, trainConvBatchNorm } from "./batch-norm.js";
import { kaimingNormal } from "./initialise.js";
import { ParameterSet } from "./parameter-set.js";

export interface ResNet18Options {
  /** Seed of the random start. Default 0. */
  seed?: number;
  /** Channels of the first stage; the paper's network has 64, tests use fewer. */
  width?: number;
}

/** One residual block: two 3x3 convolutions, the first with `stride`, beside a shortcut. */
interface Block {
  name: string;
  inputs: number;
  outputs: number;
  stride: number;
}

/** A convolution with its batch norm folded into it. */
interface Folded {
  kernel: tf.Tensor4D;
  bias: tf.Tensor1D;
}

/**
 * ResNet-18 (He et al. 2016) up to the `avgpool` layer, whose 512 numbers are the features of the paper's
 * sections 3-8. NHWC, [n, height, width, 3] normalised with ImageNet's mean and std, any size from 32 px.
 * Mirrors torchvision.models.resnet18 in names, padding and initialisation; the classifier `fc` is left out.
 */
export class ResNet18 {
  readonly parameters = new ParameterSet();
  readonly featureSize: number;
  /** Channels of the first stage. */
  readonly width: number;
  private readonly blocks: Block[] = [];

  constructor({ seed = 0, width = 64 }: ResNet18Options = {}) {
    this.featureSize = 8 * width;
    this.width = width;
    const random = new Random(seed).fork("resnet18");
    const conv = (name: string, outputs: number, inputs: number, size: number) =>
      this.parameters.add(`${name}.weight`, kaimingNormal([outputs, inputs, size, size], random.fork(name)));
    conv("conv1", width, 3, 7);
    addBatchNorm(this.parameters, "bn1", width);
    let inputs = width;
    for (let stage = 1; stage <= 4; stage++) {
      const outputs = width * 2 ** (stage - 1);
      for (let i = 0; i < 2; i++) {
        const block = { name: `layer${stage}.${i}`, inputs, outputs, stride: stage > 1 && i === 0 ? 2 : 1 };
        conv(`${block.name}.conv1`, outputs, inputs, 3);
        addBatchNorm(this.parameters, `${block.name}.bn1`, outputs);
        conv(`${block.name}.conv2`, outputs, outputs, 3);
        addBatchNorm(this.parameters, `${block.name}.bn2`, outputs);
        if (hasProjection(block)) {
          conv(`${block.name}.downsample.0`, outputs, inputs, 1);
          addBatchNorm(this.parameters, `${block.name}.downsample.1`, outputs);
        }
        this.blocks.push(block);
        inputs = outputs;
      }
    }
  }

  /** The names of a block's tensors, block by block. */
  blockNames(): string[] {
    return this.blocks.map((b) => b.name);
  }

  /**
   * Features [n, 512] in training mode: batch statistics normalise, and are noted for the running ones. `groups`
   * batches of one size may lie behind one another in x, each normalised by itself.
   */
  train(x: tf.Tensor4D, groups = 1): tf.Tensor2D {
    const layer = (
      names: [conv: string, norm: string],
      input: tf.Tensor4D,
      options: Partial<TrainConvOptions>,
    ) =>
      trainConvBatchNorm(this.parameters, names, input, {
        stride: 1,
        pad: 1,
        relu: true,
        groups,
        ...options,
      });
    // Each part frees what it made, but for what a gradient needs, which the tape keeps.
    let y = tf.tidy(() => {
      return maxPool(layer(["conv1", "bn1"], x, { stride: 2, pad: 3, inputGradient: false }), 3, 2, 1);
    });
    for (const block of this.blocks) {
      const { name, stride } = block;
      const input = y;
      y = tf.tidy(() => {
        const shortcut = hasProjection(block)
          ? layer([`${name}.downsample.0`, `${name}.downsample.1`], input, { stride, pad: 0, relu: false })
          : input;
        const inner = layer([`${name}.conv1`, `${name}.bn1`], input, { stride });
        return layer([`${name}.conv2`, `${name}.bn2`], inner, { residual: shortcut });
      });
      input.dispose();
    }
    return globalAveragePool(y);
  }

  /**
   * The network in evaluation mode, batch norm folded into the convolutions: a function from images to
   * features [n, 512]. It keeps the weights of this moment; `dispose` frees them.
   */
  freeze(): FrozenResNet18 {
    const folded = new Map<string, Folded>();
    const fold = (conv: string, norm: string) =>
      tf.tidy(() => {
        const { scale, shift } = foldedBatchNorm(this.parameters, norm);
        const kernel = tf.mul<tf.Tensor4D>(this.parameters.get(`${conv}.weight`), scale);
        folded.set(conv, { kernel: tf.keep(kernel), bias: tf.keep(shift) });
      });
    fold("conv1", "bn1");
    for (const block of this.blocks) {
      fold(`${block.name}.conv1`, `${block.name}.bn1`);
      fold(`${block.name}.conv2`, `${block.name}.bn2`);
      if (hasProjection(block)) fold(`${block.name}.downsample.0`, `${block.name}.downsample.1`);
    }
    const blocks = this.blocks;
    return {
      features: (x) => tf.tidy(() => evaluate(folded, blocks, x)),
      dispose: () => {
        for (const { kernel, bias } of folded.values()) tf.dispose([kernel, bias]);
        folded.clear();
      },
    };
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

export interface FrozenResNet18 {
  features(x: tf.Tensor4D): tf.Tensor2D;
  dispose(): void;
}

function hasProjection({ inputs, outputs, stride }: Block): boolean {
  return stride !== 1 || inputs !== outputs;
}

function evaluate(
  folded: ReadonlyMap<string, Folded>,
  blocks: readonly Block[],
  x: tf.Tensor4D,
): tf.Tensor2D {
  const conv = (name: string, input: tf.Tensor4D, strides: number, pad: number, relu: boolean) => {
    const layer = folded.get(name);
    if (!layer) throw new Error("This frozen network has been disposed; freeze it again.");
    const { kernel: filter, bias } = layer;
    const activation = relu ? "relu" : "linear";
    return tf.fused.conv2d({ x: input, filter, strides, pad, bias, activation, dimRoundingMode: "floor" });
  };
  let y = maxPool(conv("conv1", x, 2, 3, true), 3, 2, 1);
  for (const block of blocks) {
    const { name, stride } = block;
    const shortcut = hasProjection(block) ? conv(`${name}.downsample.0`, y, stride, 0, false) : y;
    const inner = conv(`${name}.conv1`, y, stride, 1, true);
    y = addRelu(conv(`${name}.conv2`, inner, 1, 1, false), shortcut);
  }
  return globalAveragePool(y);
}

/** A ResNet-18 from random weights; `loadWeights` gives it others. */
export function resnet18(options: ResNet18Options = {}): ResNet18 {
  return new ResNet18(options);
}
