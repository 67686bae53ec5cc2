/**
 * A decoded image: rows from the top, channels interleaved. Bytes are ready to be seen; floats are the file's own
 * values, for `stretchToBytes`, and doubles where 32-bit floats would round them together or overflow.
 */
export interface PixelImage {
  data: Uint8Array | Float32Array | Float64Array;
  width: number;
  height: number;
  channels: number;
  /** Of bytes that were made of numbers: 1 where a pixel had none (NaN), which its byte cannot say. */
  missing?: Uint8Array;
  /** Why its numbers may not be what was saved, though they could be read: a clause about the file. */
  doubt?: string;
}

/** A new array of the same kind as `like`: bytes, floats or doubles. */
export function emptyPixels(like: PixelImage["data"], length: number): PixelImage["data"] {
  if (like instanceof Uint8Array) return new Uint8Array(length);
  return like instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/**
 * Equal-sized byte images, read by index: what the networks eat. Small sets live in memory, large ones in one
 * flat file of which only the rows asked for are read.
 */
export interface ImageStack {
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly ids: readonly string[];
  /**
   * The images at `indices`, packed [n, height, width, channels], in `into` where it is given (n images long). Once the
   * promise is settled, either way, nothing writes to `into` any more.
   */
  read(indices: ArrayLike<number>, into?: Uint8Array): Promise<Uint8Array>;
}
