import * as tf from "@tensorflow/tfjs";

/**
 * The value of a scalar function and its gradient in `variables`, like `tf.variableGrads`, but every activation
 * and every intermediate gradient is freed as soon as the backward pass is done with it. tfjs keeps all of them
 * until the end, which doubles the peak memory of a training step.
 *
 * `f` runs once, inside a tidy; what it must hand out besides the loss it keeps with `tf.keep`. Variables that the
 * value does not depend on get zeros. The returned tensors belong to the caller. First derivatives only.
 */
export function valueAndGradients(
  f: () => tf.Scalar,
  variables: tf.Variable[],
): { value: tf.Scalar; gradients: tf.Tensor[] } {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth !== 0)
    throw new Error("valueAndGradients: must not be called inside another gradient.");
  let tape: TapeNode[] = [];
  let value: tf.Tensor | undefined;
  engine.startTape();
  try {
    value = tf.keep(tf.tidy(f));
    tape = engine.state.activeTape ?? [];
  } finally {
    engine.endTape();
    if (!value) for (const node of engine.state.activeTape ?? []) node.saved?.forEach(dispose);
    engine.state.activeTape = null;
  }
  if (value.size !== 1) {
    for (const node of tape) node.saved?.forEach(dispose);
    value.dispose();
    throw new Error(`valueAndGradients: f must return one number, not a tensor of shape [${value.shape}].`);
  }
  let gradients: tf.Tensor[];
  try {
    gradients = backward(tape, value, variables);
  } catch (error) {
    value.dispose();
    throw error;
  }
  return { value: release(value) as tf.Scalar, gradients: gradients.map(release) };
}

/** Walks the tape backwards; `gradient` maps a tensor's id to the sum of what has reached it. */
function backward(tape: TapeNode[], value: tf.Tensor, variables: tf.Variable[]): tf.Tensor[] {
  const needed = dependents(tape, variables);
  const wanted = new Set(variables.map((v) => v.id));
  const gradient = new Map<number, tf.Tensor>([[value.id, tf.keep(tf.onesLike(value))]]);
  try {
    for (let i = tape.length - 1; i >= 0; i--) {
      const node = tape[i];
      const reached = node.outputs.map((o) => gradient.get(o.id));
      if (reached.some((g) => g) && needed[i]) propagate(node, reached, needed[i]!, gradient);
      node.saved?.forEach(dispose);
      node.saved = undefined;
      for (const output of node.outputs) {
        if (wanted.has(output.id)) continue;
        gradient.get(output.id)?.dispose();
        gradient.delete(output.id);
      }
    }
    return variables.map((v) => {
      const g = gradient.get(v.id) ?? tf.keep(tf.zerosLike(v));
      gradient.delete(v.id);
      return g;
    });
  } finally {
    for (const node of tape) node.saved?.forEach(dispose);
    for (const g of gradient.values()) g.dispose();
  }
}

function propagate(
  node: TapeNode,
  reached: (tf.Tensor | undefined)[],
  inputs: Set<string>,
  gradient: Map<number, tf.Tensor>,
): void {
  if (!node.gradient)
    throw new Error(`valueAndGradients: no gradient is known for the operation ${node.kernelName}.`);
  tf.tidy(() => {
    const parts = node.gradient!(reached as tf.Tensor[]);
    for (const name of inputs) {
      const x = node.inputs[name];
      const part = parts[name]();
      const before = gradient.get(x.id);
      // A gradient may be one tensor handed to two inputs, so each keeps its own handle on the storage.
      gradient.set(x.id, tf.keep(before ? tf.add(before, part) : part.clone()));
      before?.dispose();
    }
  });
}

/** For each node the names of the inputs through which it depends on a variable; null where it does not. */
function dependents(tape: TapeNode[], variables: tf.Variable[]): (Set<string> | null)[] {
  const ids = new Set(variables.map((v) => v.id));
  return tape.map((node) => {
    const names = Object.keys(node.inputs).filter((name) => ids.has(node.inputs[name].id));
    if (names.length === 0) return null;
    for (const output of node.outputs) ids.add(output.id);
    return new Set(names);
  });
}

function dispose(t: tf.Tensor): void {
  t.dispose();
}

/** A kept tensor becomes an ordinary one of the caller's tidy. */
function release(t: tf.Tensor): tf.Tensor {
  const result = t.clone();
  t.dispose();
  return result;
}

/** The part of tfjs' engine that a tape walker needs (tfjs-core/src/engine.ts, tape.ts; version 4). */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

interface TapeNode {
  kernelName: string;
  inputs: tf.NamedTensorMap;
  outputs: tf.Tensor[];
  saved?: tf.Tensor[];
  gradient?(dys: tf.Tensor[]): Record<string, () => tf.Tensor>;
}
