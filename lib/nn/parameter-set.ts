import * as tf from "@tensorflow/tfjs";
import { emaStep } from "../engine/ops/ema-step.js";
import { quietCpu } from "../engine/quiet-cpu.js";
import { elementCount, type HostTensor, hwioToOihw, oihwToHwio, type TensorMap } from "./host-tensor.js";

quietCpu();

/** What gradients train, against what forward passes count (batch-norm running statistics). */
export type ParameterKind = "trained" | "buffer";

interface Parameter {
  variable: tf.Variable;
  kind: ParameterKind;
}

/**
 * Mean and biased variance of one batch, [c], or of several, [groups, c], for the running statistics of `layer`;
 * `count` values went into each.
 */
interface BatchStatistics {
  layer: string;
  mean: tf.Tensor;
  variance: tf.Tensor;
  count: number;
}

/** PyTorch's BatchNorm momentum 0.1: the share of the old value that stays. */
const KEPT = 0.9;

/**
 * The named weights of a network. Names and, outside the engine, layouts are PyTorch's: rank-4 tensors are
 * OIHW in files and HWIO in the engine.
 */
export class ParameterSet {
  private readonly entries = new Map<string, Parameter>();
  private pending: BatchStatistics[] = [];

  /** Declares a tensor given in PyTorch's layout. */
  add(name: string, tensor: HostTensor, kind: ParameterKind = "trained"): void {
    if (this.entries.has(name)) throw new Error(`The network already has a tensor "${name}".`);
    const { shape, data } = tensor.shape.length === 4 ? oihwToHwio(tensor) : tensor;
    // A copy: on some engines a tensor made from a typed array goes on looking at it.
    const initial = tf.tensor(data.slice(), shape, "float32");
    this.entries.set(name, { variable: tf.variable(initial, kind === "trained"), kind });
    initial.dispose();
  }

  get(name: string): tf.Variable {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`The network has no tensor "${name}".`);
    return entry.variable;
  }

  names(kind?: ParameterKind): string[] {
    return [...this.entries].filter(([, e]) => !kind || e.kind === kind).map(([name]) => name);
  }

  variables(kind?: ParameterKind): tf.Variable[] {
    return this.names(kind).map((name) => this.get(name));
  }

  /** The shape in PyTorch's layout. */
  shape(name: string): number[] {
    const { shape } = this.get(name);
    return shape.length === 4 ? [shape[3], shape[2], shape[0], shape[1]] : [...shape];
  }

  /** Replaces the tensors that `tensors` has, in PyTorch's layout; the others stay. */
  assign(tensors: TensorMap): void {
    for (const [name, tensor] of tensors) {
      const variable = this.get(name);
      const expected = this.shape(name);
      if (!tf.util.arraysEqual(tensor.shape, expected) || tensor.data.length !== elementCount(expected))
        throw new Error(`Tensor "${name}" has shape [${tensor.shape}] where [${expected}] is expected.`);
      const { shape, data } = expected.length === 4 ? oihwToHwio(tensor) : tensor;
      const value = tf.tensor(data.slice(), shape, "float32");
      variable.assign(value);
      value.dispose();
    }
  }

  /** Copies of all tensors in PyTorch's layout. */
  async export(): Promise<TensorMap> {
    const out: TensorMap = new Map();
    for (const [name, { variable }] of this.entries) {
      const tensor = { shape: [...variable.shape], data: Float32Array.from(await variable.data()) };
      out.set(name, tensor.shape.length === 4 ? hwioToOihw(tensor) : tensor);
    }
    return out;
  }

  /** Notes a training batch's statistics; they count once `commitStatistics` is called, outside any gradient. */
  recordStatistics(layer: string, mean: tf.Tensor, variance: tf.Tensor, count: number): void {
    this.pending.push({ layer, mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()), count });
  }

  /**
   * running = 0.9 running + 0.1 batch with the unbiased variance, in the order the batches came: one call for all
   * layers, or as many as a layer was noted.
   */
  commitStatistics(): void {
    while (this.pending.length > 0) {
      const layers = new Set<string>();
      const turn = this.pending.filter(({ layer }) => !layers.has(layer) && layers.add(layer));
      this.pending = this.pending.filter((p) => !turn.includes(p));
      emaStep(
        turn.flatMap(({ layer }) => [this.get(`${layer}.running_mean`), this.get(`${layer}.running_var`)]),
        turn.flatMap(({ mean, variance }) => [mean, variance]),
        KEPT,
        Float32Array.from(turn.flatMap(({ count }) => [1, count / Math.max(1, count - 1)])),
      );
      for (const { mean, variance } of turn) tf.dispose([mean, variance]);
    }
  }

  /** Forgets noted statistics: what a look at the network in training mode must not leave behind. */
  dropStatistics(): void {
    for (const { mean, variance } of this.pending) tf.dispose([mean, variance]);
    this.pending = [];
  }

  dispose(): void {
    this.dropStatistics();
    for (const { variable } of this.entries.values()) variable.dispose();
    this.entries.clear();
  }
}
