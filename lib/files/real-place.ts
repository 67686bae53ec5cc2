import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Where what is written to `path` comes to lie: its links followed, also where nothing is there yet. Two names of one
 * file have one real place, so that a lock beside it keeps out those who came by the other name.
 */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const target = await readlink(path).catch(() => null); // a link to what is not there yet
  const folder = dirname(resolve(path));
  if (target !== null) return realPlace(resolve(folder, target));
  return folder === resolve(path) ? folder : join(await realPlace(folder), basename(path));
}
