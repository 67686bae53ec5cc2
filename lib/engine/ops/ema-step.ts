import * as tf from "@tensorflow/tfjs";
import { ownBuffer } from "./own-buffer.js";

/**
 * target = tau target + (1 - tau) online, over all parameters at once, in place: BYOL's moving average. An online tensor
 * may have an axis more in front: its rows are then taken in one after the other. `scales`: what each online tensor is
 * multiplied by first, default 1.
 */
export function emaStep(
  target: tf.Variable[],
  online: tf.Tensor[],
  tau: number,
  scales = new Float32Array(target.length).fill(1),
): void {
  if (target.length !== online.length) {
    throw new Error(`emaStep: ${target.length} target parameters but ${online.length} online ones.`);
  }
  target.forEach((t, i) => {
    const rows = online[i].rank > t.rank ? online[i].shape.slice(1) : online[i].shape;
    if (!tf.util.arraysEqual(t.shape, rows)) {
      throw new Error(
        `emaStep: target "${t.name}" has shape [${t.shape}], what it follows [${online[i].shape}].`,
      );
    }
  });
  if (tf.getKernel("EmaStep", tf.getBackend())) {
    target.forEach(ownBuffer);
    tf.engine().runKernel("EmaStep", [...target, ...online] as unknown as tf.NamedTensorMap, { tau, scales });
    return;
  }
  tf.tidy(() => {
    target.forEach((t, i) => {
      for (const row of online[i].rank > t.rank ? tf.unstack(online[i]) : [online[i]])
        t.assign(tf.add(tf.mul(t, tau), tf.mul(row, (1 - tau) * scales[i])));
    });
  });
}
