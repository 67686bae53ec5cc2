import * as tf from "@tensorflow/tfjs";
import { NativeBackend } from "./native/backend.js";

/**
 * Memory of this process for data on their way to the engine, to be filled again and again. Where the engine is a GPU
 * it is pinned, so that the card fetches from it by itself: what it holds must stay until a result of the call that was
 * given it has come.
 */
export function hostMemory(bytes: number): Uint8Array {
  const { backend } = tf.engine();
  const pinned = backend instanceof NativeBackend ? backend.native.hostMemory : undefined;
  return bytes > 0 && pinned ? pinned(bytes) : new Uint8Array(bytes);
}
