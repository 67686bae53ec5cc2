import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { sweepTemporary, temporaryName } from "./temporary-name.js";
import { writeError } from "./write-error.js";

/**
 * Writes a file so that a reader sees the old content or the new, never half: a temporary file beside it, fsync,
 * rename, fsync of the folder. `content` may be a function that writes into the open temporary file; it must use
 * `file.writeFile`, since one `file.write` on a nearly full disk writes a part and does not fail.
 *
 * A full or read-only disk gives one sentence (`writeError`) and leaves nothing behind.
 */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  await putInPlace(path, async (temporary) => {
    const file = await open(temporary, "w");
    try {
      if (typeof content === "function") await content(file);
      else await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** The same for what only a library can write, given a path: `write` makes the temporary file. */
export async function atomicWriteBy(path: string, write: (path: string) => Promise<unknown>): Promise<void> {
  await putInPlace(path, async (temporary) => {
    await write(temporary);
    const file = await open(temporary, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

async function putInPlace(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryName(path);
  try {
    await makeFolder(folder);
    await sweepTemporary(path);
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    // Where the folder could not be made there is nothing to remove, and the first error is the one to report.
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(path, error);
  }
  await syncFolder(folder).catch(() => {}); // the new file is there under its name, whatever the folder says
}

/**
 * Makes a folder and those above it; where that fails, with the reason the first of them cannot be made. Not by mkdir's
 * `recursive`: where the folder above is there and yet none can be made in it (/proc, what an automounter keeps), Node
 * 20 tries for ever, and on a read-only disk it says ENOENT. `mode` is of those it makes.
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    const up = dirname(resolve(folder));
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !(await isFolder(up))) {
      await makeFolder(up, mode);
      return makeFolder(folder, mode);
    }
    if (!(await isFolder(folder))) throw error;
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Makes a new name in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().catch(() => {}); // some file systems refuse to sync a folder; the name is there all the same
  await handle.close();
}
