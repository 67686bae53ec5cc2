import * as tf from "@tensorflow/tfjs";

/**
 * A custom operation: a tfjs kernel name plus a composition of ordinary tfjs operations that means the same.
 *
 * An engine with a native version registers it under the name (`registerKernels`, at its start); on any
 * other backend the composition is registered the first time it is needed, so lib/nn is the same code everywhere.
 * Gradients are added by the caller with `tf.customGrad`: inside a kernel nothing is recorded on the tape.
 */
export interface KernelOp<Attributes> {
  name: string;
  composed(inputs: tf.Tensor[], attributes: Attributes): tf.Tensor[];
}

/** Runs the operation on the current backend; the results belong to the enclosing tidy. */
export function runKernelOp<Attributes extends object>(
  op: KernelOp<Attributes>,
  inputs: tf.Tensor[],
  attributes: Attributes,
): tf.Tensor[] {
  const backendName = tf.getBackend();
  if (!tf.getKernel(op.name, backendName)) {
    tf.registerKernel({
      kernelName: op.name,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => op.composed(Object.values(inputs) as tf.Tensor[], attrs as Attributes)),
    });
  }
  // tfjs takes a list where it asks for a map (its own concat does the same).
  return tf
    .engine()
    .runKernel(op.name, inputs as unknown as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
}
