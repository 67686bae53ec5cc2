import * as tf from "@tensorflow/tfjs";
import { ownBuffer } from "./own-buffer.js";

/** target = tau target + (1 - tau) online, over all parameters at once, in place: BYOL's moving average. */
export function emaStep(target: tf.Variable[], online: tf.Variable[], tau: number): void {
  if (target.length !== online.length) {
    throw new Error(`emaStep: ${target.length} target parameters but ${online.length} online ones.`);
  }
  target.forEach((t, i) => {
    if (!tf.util.arraysEqual(t.shape, online[i].shape)) {
      throw new Error(
        `emaStep: target "${t.name}" has shape [${t.shape}], online "${online[i].name}" [${online[i].shape}].`,
      );
    }
  });
  if (tf.getKernel("EmaStep", tf.getBackend())) {
    target.forEach(ownBuffer);
    tf.engine().runKernel("EmaStep", [...target, ...online] as unknown as tf.NamedTensorMap, { tau });
    return;
  }
  tf.tidy(() => {
    target.forEach((t, i) => {
      t.assign(tf.add(tf.mul(t, tau), tf.mul(online[i], 1 - tau)));
    });
  });
}
