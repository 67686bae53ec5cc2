/** A native tensor; only the addon sees inside. It frees itself when collected, and earlier with `free`. */
export type NativeBuffer = object & { readonly __native: unique symbol };

/** How a native tensor is stored. The numbers are those of `sky::Type` in the addons. */
export const F32 = 0;
export const BF16 = 1;
export const U8 = 2;
export type Storage = typeof F32 | typeof BF16 | typeof U8;

/**
 * What an addon of the native backend offers. Each function is described where onednn/src defines it; results go into
 * buffers made beforehand.
 */
export interface Native {
  alloc(count: number, storage: Storage): NativeBuffer;
  free(buffer: NativeBuffer): void;
  upload(buffer: NativeBuffer, values: Float32Array | Int32Array | Uint8Array): void;
  download(buffer: NativeBuffer, values: Float32Array | Int32Array | Uint8Array): void;
  memoryStats(): { native: number; pooled: number; peak: number };
  conv2d(x: Buf, w: Buf, bias: Buf | null, y: Buf, sizes: number[], relu: number): void;
  conv2dBackwardData(dy: Buf, w: Buf, dx: Buf, sizes: number[]): void;
  conv2dBackwardWeights(x: Buf, dy: Buf, dw: Buf, sizes: number[], storage: Storage): void;
  matMul(a: Buf, b: Buf, bias: Buf | null, c: Buf, sizes: number[], relu: number): void;
  batchNormTrain(
    ...args: [
      x: Buf,
      gamma: Buf,
      beta: Buf,
      residual: Buf | null,
      y: Buf,
      mean: Buf,
      variance: Buf,
      sizes: number[],
      epsilon: number,
      relu: number,
    ]
  ): void;
  batchNormTrainGrad(
    ...args: [
      dy: Buf,
      x: Buf,
      gamma: Buf,
      beta: Buf,
      mean: Buf,
      variance: Buf,
      y: Buf | null,
      dx: Buf,
      dgamma: Buf,
      dbeta: Buf,
      dresidual: Buf | null,
      sizes: number[],
      epsilon: number,
      relu: number,
    ]
  ): void;
  batchNormInference(
    ...args: [
      x: Buf,
      mean: Buf,
      variance: Buf,
      offset: Buf | null,
      scale: Buf | null,
      y: Buf,
      sizes: number[],
      epsilon: number,
    ]
  ): void;
  maxPool(x: Buf, y: Buf, indices: Buf, sizes: number[]): void;
  maxPoolGrad(dy: Buf, indices: Buf, dx: Buf, sizes: number[]): void;
  globalAveragePool(x: Buf, y: Buf, sizes: number[]): void;
  globalAveragePoolGrad(dy: Buf, dx: Buf, sizes: number[]): void;
  unary(name: string, x: Buf, y: Buf, p: number, q: number): void;
  binary(name: string, a: Buf, b: Buf, y: Buf, aDims: number[], bDims: number[], yDims: number[]): void;
  fill(y: Buf, value: number): void;
  convert(x: Buf, y: Buf): void;
  addRelu(a: Buf, b: Buf, y: Buf): void;
  reluGrad(dy: Buf, y: Buf, dx: Buf): void;
  reduce(kind: number, x: Buf, y: Buf, sizes: number[]): void;
  l2Normalize(x: Buf, y: Buf, norm: Buf, sizes: number[]): void;
  l2NormalizeGrad(dy: Buf, y: Buf, norm: Buf, dx: Buf, sizes: number[]): void;
  copy(
    x: Buf,
    y: Buf,
    dims: number[],
    xSteps: number[],
    ySteps: number[],
    xOffset: number,
    yOffset: number,
  ): void;
  augmentWarp(
    images: Uint8Array,
    /** For each view the 2x3 transform and the sigma of its blur; view v shows image v % n. */
    draws: Float32Array,
    y: Buf,
    sizes: number[],
    channel: Float32Array,
  ): void;
  adamStep(
    ...args: [
      params: Buf[],
      m: Buf[],
      v: Buf[],
      grads: Buf[],
      /** The learning rate and the factor of sqrt(v), both with the step's bias correction. */
      scalars: Float32Array,
      beta1: number,
      beta2: number,
      epsilon: number,
    ]
  ): void;
  /** Where an online tensor is several times as long as its target, its parts come in turn, each times its scale. */
  emaStep(target: Buf[], online: Buf[], tau: number, scales?: Float32Array): void;
  /** Where a download need not stop JavaScript: a promise that the values have come. */
  downloadLater?(buffer: NativeBuffer, values: Float32Array): Promise<void>;
}

type Buf = NativeBuffer;
