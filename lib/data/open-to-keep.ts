import { type FileHandle, open } from "node:fs/promises";

/** A file that stays open for reading as long as somebody holds this object. */
export interface OpenFile {
  readonly file: FileHandle;
}

const forgotten = new FinalizationRegistry<FileHandle>((file) => void file.close().catch(() => {}));

/**
 * Opens `path` to be read from again and again: a cell that opens a dataset need not close it, since the file is
 * closed once nobody can reach the returned object. (Node closes a forgotten FileHandle too, with a warning on the
 * screen that is to become an error.) What reads later must hold this object rather than `file` itself.
 */
export async function openToKeep(path: string): Promise<OpenFile> {
  const file = await open(path, "r");
  const held: OpenFile = { file };
  forgotten.register(held, file);
  return held;
}
