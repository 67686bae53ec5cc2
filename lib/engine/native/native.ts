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
  /** A part of a buffer as one of its own: where batch norms know of one batch only, they are called on parts. */
  part?(buffer: NativeBuffer, offset: number, count: number): NativeBuffer;
  upload(buffer: NativeBuffer, values: Float32Array | Int32Array | Uint8Array): void;
  download(buffer: NativeBuffer, values: Float32Array | Int32Array | Uint8Array): void;
  /** Where calls return before their work is done: waits for it. */
  finish?(): void;
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
  /** Where a library has the pair: a convolution and its batch norm in one call each way. */
  convBatchNorm?(
    ...args: [
      x: Buf,
      w: Buf,
      gamma: Buf,
      beta: Buf,
      residual: Buf | null,
      u: Buf,
      y: Buf,
      mean: Buf,
      variance: Buf,
      sizes: number[],
      groups: number,
      epsilon: number,
      relu: number,
    ]
  ): void;
  convBatchNormGrad?(
    ...args: [
      dy: Buf,
      x: Buf,
      w: Buf,
      gamma: Buf,
      beta: Buf,
      u: Buf,
      mean: Buf,
      variance: Buf,
      y: Buf | null,
      dx: Buf | null,
      dw: Buf,
      dgamma: Buf,
      dbeta: Buf,
      dresidual: Buf | null,
      sizes: number[],
      groups: number,
      epsilon: number,
      relu: number,
    ]
  ): void;
  swappedCosineLoss?(p: Buf, z: Buf, loss: Buf, cosines: Buf, lengths: Buf, sizes: number[]): void;
  swappedCosineLossGrad?(
    ...args: [dy: Buf, p: Buf, z: Buf, cosines: Buf, lengths: Buf, dp: Buf, sizes: number[]]
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
    /** The 2x3 transforms of all views, then the sigmas of their blurs; view v shows image v % n. */
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
  /**
   * Where a step can be recorded: what is called between the first two is not run but kept, reading `arrays` (typed
   * arrays that calls in between were given), and `replay` runs it with others in their place.
   */
  beginRecording?(): void;
  endRecording?(arrays: StepArray[]): Recording;
  abandonRecording?(): void;
  replay?(recording: Recording, arrays: StepArray[]): void;
  dropRecording?(recording: Recording): void;
  /** Memory on the host that a GPU copies from by itself. */
  hostMemory?(bytes: number): Uint8Array;
  /** Where a download need not stop JavaScript: a promise that the values have come. */
  downloadLater?(buffer: NativeBuffer, values: Float32Array): Promise<void>;
}

export type StepArray = Uint8Array | Float32Array;

/** A recorded step; only the addon sees inside. */
export type Recording = object & { readonly __recording: unique symbol };

type Buf = NativeBuffer;
