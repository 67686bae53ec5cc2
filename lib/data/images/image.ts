/** A decoded image: rows from the top, channels interleaved. Float32 for FITS, bytes for everything else. */
export interface PixelImage {
  data: Uint8Array | Float32Array;
  width: number;
  height: number;
  channels: number;
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
  /** The images at `indices`, packed [n, height, width, channels]. */
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
}
