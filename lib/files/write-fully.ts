import type { FileHandle } from "node:fs/promises";

/** A single write of 2 GiB or more fails: larger ones go in pieces. */
const STEP = 1 << 30;

/** Writes all of the bytes at `position`: on a nearly full disk one write stores a part and does not fail. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, Math.min(STEP, bytes.length - done), position + done))
      .bytesWritten;
}
