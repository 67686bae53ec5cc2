import * as tf from "@tensorflow/tfjs";
import { type KernelOp, runKernelOp } from "./kernel-op.js";

/**
 * Max pooling over size x size windows with symmetric zero-weight padding, as torch.nn.MaxPool2d (floor mode):
 * [n, h, w, c] -> [n, (h + 2 pad - size) / stride + 1, ..., c]. The ResNet stem uses size 3, stride 2, pad 1.
 *
 * The forward pass keeps the position of each maximum inside its window (0 .. size^2 - 1, the first one where
 * values tie, as PyTorch), so the gradient is one scatter and the input need not be kept.
 */
export function maxPool(x: tf.Tensor4D, size: number, stride: number, pad: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const outHeight = Math.floor((h + 2 * pad - size) / stride) + 1;
  const outWidth = Math.floor((w + 2 * pad - size) / stride) + 1;
  const whole =
    [size, stride, pad].every(Number.isInteger) && size > 0 && stride > 0 && pad >= 0 && 2 * pad <= size;
  if (x.rank !== 4 || x.size === 0 || !whole || size > 15 || outHeight < 1 || outWidth < 1) {
    throw new Error(
      `maxPool: cannot pool [${x.shape}] with size ${size}, stride ${stride}, pad ${pad}; ` +
        "x must be [n, h, w, c], the window at most 15 and no larger than the padded image, the pad at most half of it.",
    );
  }
  const attributes = { size, stride, pad, inputShape: [n, h, w, c], outHeight, outWidth };
  return tf.customGrad((input, save) => {
    const [value, indices] = runKernelOp(forward, [input as tf.Tensor], attributes);
    (save as tf.GradSaveFunc)([indices]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      runKernelOp(backward, [dy, saved[0]], attributes)[0];
    return { value, gradFunc };
  })(x) as tf.Tensor4D;
}

interface Attributes {
  size: number;
  stride: number;
  pad: number;
  inputShape: number[];
  outHeight: number;
  outWidth: number;
}

const forward: KernelOp<Attributes> = {
  name: "MaxPoolIndexed",
  composed([x], { size, stride, pad, outHeight, outWidth }) {
    const border: [number, number] = [pad, pad];
    const padded = tf.pad(x, [[0, 0], border, border, [0, 0]], -3.4e38);
    const [n, , , c] = x.shape as number[];
    let best: tf.Tensor | undefined;
    let indices: tf.Tensor = tf.zeros([n, outHeight, outWidth, c], "int32");
    for (let k = 0; k < size * size; k++) {
      const [row, column] = [Math.floor(k / size), k % size];
      const end = [n, row + (outHeight - 1) * stride + 1, column + (outWidth - 1) * stride + 1, c];
      const value = tf.stridedSlice(padded, [0, row, column, 0], end, [1, stride, stride, 1]);
      if (!best) {
        best = value;
        continue;
      }
      const higher = tf.greater(value, best);
      indices = tf.where(higher, tf.fill(indices.shape, k, "int32"), indices);
      best = tf.maximum(best, value);
    }
    return [best!, indices];
  },
};

const backward: KernelOp<Attributes> = {
  name: "MaxPoolIndexedGrad",
  composed([dy, indices], { size, stride, pad, inputShape, outHeight, outWidth }) {
    const [n, h, w, c] = inputShape;
    // Strides become zeros between the gradients; each window position is then a shift of that image.
    const dilateRows = (t: tf.Tensor) =>
      tf
        .pad(tf.reshape(t, [n, outHeight, 1, outWidth, c]), [
          [0, 0],
          [0, 0],
          [0, stride - 1],
          [0, 0],
          [0, 0],
        ])
        .reshape([n * outHeight * stride, outWidth, 1, c]);
    const dilateColumns = (t: tf.Tensor) =>
      tf
        .pad(tf.reshape(t, [n * outHeight * stride, outWidth, 1, c]), [
          [0, 0],
          [0, 0],
          [0, stride - 1],
          [0, 0],
        ])
        .reshape([n, outHeight * stride, outWidth * stride, c]);
    const spread = dilateRows(dy);
    const where = dilateRows(indices);
    let sum: tf.Tensor | undefined;
    for (let k = 0; k < size * size; k++) {
      const [row, column] = [Math.floor(k / size), k % size];
      const share = dilateColumns(
        tf.where(tf.equal(where, tf.scalar(k, "int32")), spread, tf.zerosLike(spread)),
      );
      const below = Math.max(0, h + 2 * pad - row - outHeight * stride);
      const right = Math.max(0, w + 2 * pad - column - outWidth * stride);
      const placed = tf
        .pad(share, [
          [0, 0],
          [row, below],
          [column, right],
          [0, 0],
        ])
        .slice([0, pad, pad, 0], [n, h, w, c]);
      sum = sum ? tf.add(sum, placed) : placed;
    }
    return [sum!];
  },
};
