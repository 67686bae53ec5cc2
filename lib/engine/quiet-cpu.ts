import * as tf from "@tensorflow/tfjs";

const quiet = new WeakSet<() => unknown>();

/**
 * Keeps tfjs's own CPU backend from printing advice to install tfjs-node at its first tensor: a network made before
 * `startEngine` stands there for a while, and which engine runs is for the engine's note to say. `firstUse` is all that
 * the advice asks.
 */
export function quietCpu(): void {
  const registered = tf.engine().registryFactory.cpu;
  if (!registered || quiet.has(registered.factory)) return;
  const make = registered.factory;
  registered.factory = () => Object.assign(make(), { firstUse: false });
  quiet.add(registered.factory);
}
