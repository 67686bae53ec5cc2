import * as tf from "@tensorflow/tfjs";
import { swappedCosineLoss } from "../engine/ops/swapped-cosine-loss.js";
import { Random } from "../random.js";

import type { HostTensor, TensorMap } from "./host-tensor.js";
import type { ParameterKind, ParameterSet } from "./parameter-set.js";
import { ProjectionHead } from "./projection-head.js";
import { ResNet18 } from "./resnet18.js";

export interface ByolSizes {
  /** Neurons of the hidden layer of projector and predictor. */
  hiddenSize: number;
  /** Length of the projections that are compared. */
  projectionSize: number;
}

/**
 * The two networks of BYOL (section 4): online = encoder, projector, predictor; target = a copy of encoder and
 * projector whose weights follow by a moving average. The encoder is the caller's, and stays so.
 */
export class ByolNetworks {
  readonly projector: ProjectionHead;
  readonly predictor: ProjectionHead;
  readonly targetEncoder: ResNet18;
  readonly targetProjector: ProjectionHead;

  constructor(
    readonly encoder: ResNet18,
    { hiddenSize, projectionSize }: ByolSizes,
    seed: number,
  ) {
    const random = new Random(seed).fork("byol");
    const { featureSize: features, width } = encoder;
    const projector = () =>
      new ProjectionHead(features, hiddenSize, projectionSize, random.fork("projector"));
    this.projector = projector();
    this.predictor = new ProjectionHead(projectionSize, hiddenSize, projectionSize, random.fork("predictor"));
    this.targetEncoder = new ResNet18({ seed, width });
    this.targetProjector = projector();
  }

  /** Makes the target a copy of the online network: how BYOL starts. */
  async copyToTarget(): Promise<void> {
    this.targetEncoder.parameters.assign(await this.encoder.parameters.export());
    this.targetProjector.parameters.assign(await this.projector.parameters.export());
  }

  private parts(): [string, ParameterSet][] {
    return [
      ["online.encoder", this.encoder.parameters],
      ["online.projector", this.projector.parameters],
      ["online.predictor", this.predictor.parameters],
      ["target.encoder", this.targetEncoder.parameters],
      ["target.projector", this.targetProjector.parameters],
    ];
  }

  /** What gradients train, named "online.encoder.conv1.weight" and so on. */
  trained(): { name: string; variable: tf.Variable; shape: number[] }[] {
    return this.parts()
      .filter(([part]) => part.startsWith("online."))
      .flatMap(([part, set]) =>
        set.names("trained").map((name) => ({
          name: `${part}.${name}`,
          variable: set.get(name),
          shape: set.shape(name),
        })),
      );
  }

  /** Pairs that the moving average joins: parameters only, as the target counts its own batch-norm statistics. */
  averaged(): { target: tf.Variable[]; online: tf.Variable[] } {
    const kind: ParameterKind = "trained";
    return {
      target: [
        ...this.targetEncoder.parameters.variables(kind),
        ...this.targetProjector.parameters.variables(kind),
      ],
      online: [...this.encoder.parameters.variables(kind), ...this.projector.parameters.variables(kind)],
    };
  }

  /**
   * BYOL's loss (section 4). `views` [2n, size, size, 3]: the first view of n images, then their second; each view is
   * a batch of its own to the batch norms. z: the target's projections of them. Differentiable in the online weights.
   */
  loss(views: tf.Tensor4D, z: tf.Tensor2D): tf.Scalar {
    const projected = this.projector.train(this.encoder.train(views, 2), 2);
    return swappedCosineLoss(this.predictor.train(projected, 2), z);
  }

  /** The target's projections of two views that lie behind one another. */
  targetProjection(views: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => this.targetProjector.train(this.targetEncoder.train(views, 2), 2));
  }

  commitStatistics(): void {
    for (const [, set] of this.parts()) set.commitStatistics();
  }

  dropStatistics(): void {
    for (const [, set] of this.parts()) set.dropStatistics();
  }

  async export(): Promise<TensorMap> {
    const all: [string, HostTensor][] = [];
    for (const [part, set] of this.parts())
      for (const [name, tensor] of await set.export()) all.push([`${part}.${name}`, tensor]);
    return new Map(all);
  }

  /** Takes every tensor of the networks from `tensors`, as `export` named them; others are left alone. */
  assign(tensors: TensorMap): void {
    for (const [part, set] of this.parts())
      set.assign(
        new Map(
          set.names().map((name) => {
            const tensor = tensors.get(`${part}.${name}`);
            if (!tensor) throw new Error(`The checkpoint lacks "${part}.${name}".`);
            return [name, tensor];
          }),
        ),
      );
  }

  /** Frees everything but the encoder, which is the caller's. */
  dispose(): void {
    for (const [, set] of this.parts().slice(1)) set.dispose();
  }
}
