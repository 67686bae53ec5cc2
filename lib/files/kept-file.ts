import { type FileHandle, open } from "node:fs/promises";

/** A single read of 2 GiB or more fails: larger ones go in pieces. */
const STEP = 1 << 30;

const forgotten = new FinalizationRegistry<FileHandle>((file) => void file.close().catch(() => {}));

/** A file that stays open for reading until it is closed, or nobody can reach this object any more. */
export class KeptFile {
  constructor(
    private readonly file: FileHandle,
    /** Bytes, when it was opened. */
    readonly size: number,
  ) {
    forgotten.register(this, file);
  }

  /** Fills `into` from `position` on; false where the file ends before. Any number may run at once. */
  async read(into: Uint8Array, position: number): Promise<boolean> {
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await this.file.read(
        into,
        done,
        Math.min(STEP, into.length - done),
        position + done,
      );
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return true;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/**
 * Opens `path` to be read from again and again: a cell that opens a dataset need not close it. (Node closes a
 * forgotten FileHandle too, with a warning on the screen that is to become an error.)
 */
export async function openKeptFile(path: string): Promise<KeptFile> {
  const file = await open(path, "r");
  try {
    return new KeptFile(file, (await file.stat()).size);
  } catch (error) {
    await file.close();
    throw error;
  }
}
