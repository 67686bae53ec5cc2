import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file so that a reader sees the old content or the new, never half: a temporary file beside it, fsync,
 * rename, fsync of the folder. `content` may be a function that writes into the open temporary file.
 */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "w");
    try {
      if (typeof content === "function") await content(file);
      else await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(path, error);
  }
  const handle = await open(folder, "r");
  await handle.sync().catch(() => {}); // some file systems refuse to sync a folder; the rename is done
  await handle.close();
}

/** The one sentence a person can act on, for the usual reasons a write fails. */
function writeError(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === "ENOSPC" || code === "EDQUOT"
      ? "the disk is full; free some space and run again"
      : code === "EACCES" || code === "EROFS" || code === "EPERM"
        ? "the folder is not writable; change its permissions or choose another with LATENT_SKY_OUT or LATENT_SKY_CACHE"
        : null;
  if (!why) return error instanceof Error ? error : new Error(String(error));
  return new Error(`Cannot write ${path}: ${why}.`, { cause: error });
}
