/** A tensor in JavaScript memory, row-major f32: what weight files hold, whatever precision they were stored in. */
export interface HostTensor {
  shape: number[];
  data: Float32Array;
}
export type TensorMap = Map<string, HostTensor>;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** PyTorch's convolution layout OIHW -> HWIO, which NHWC convolutions want. */
export function oihwToHwio({ shape, data }: HostTensor): HostTensor {
  const [o, i, h, w] = shape;
  return { shape: [h, w, i, o], data: transposed(data, o, i, h * w) };
}

/** HWIO -> OIHW. */
export function hwioToOihw({ shape, data }: HostTensor): HostTensor {
  const [h, w, i, o] = shape;
  return { shape: [o, i, h, w], data: transposed(data, h * w, i, o) };
}

/** [a, b, c] -> [c, b, a]. */
function transposed(data: Float32Array, a: number, b: number, c: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0, at = 0; i < a; i++)
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) out[(k * b + j) * a + i] = data[at++];
  return out;
}
