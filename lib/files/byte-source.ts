/** Bytes read in parts: an array in memory, a file, a range of something far away. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `at` on, `length` of them or as many as there are. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** An array as a source; its parts are views, not copies. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (at, length) => bytes.subarray(at, Math.min(bytes.length, at + length)),
  };
}
