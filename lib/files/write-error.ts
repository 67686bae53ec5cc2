import { statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { paths } from "./paths.js";

/** A file could not be written because of the disk or the folder; the message says what to do. */
export class WriteError extends Error {}

/**
 * The sentence for a write that failed: what could not be written, why, what to do. Errors that are not about the
 * disk (a stop, a wrong input) come back as they are, and so does a sentence made here before.
 */
export function writeError(path: string, error: unknown): Error {
  const why = whyNotWritten(path, error);
  if (why) return new WriteError(`Cannot write ${path}: ${why}.`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** Why `path` cannot be written and what to do, for the usual reasons; null for any other. */
export function whyNotWritten(path: string, error: unknown): string | null {
  switch ((error as NodeJS.ErrnoException)?.code) {
    case "ENOSPC":
      return `the disk is full; free some space${orElsewhere(path)} and run again`;
    case "EDQUOT":
      return `the disk quota is used up; free some space${orElsewhere(path)} and run again`;
    case "EFBIG":
      return `the file would be larger than the limit set here; raise it (ulimit -f unlimited)${orElsewhere(path)} and run again`;
    case "EMFILE":
    case "ENFILE":
      return "too many files are open; raise the limit (ulimit -n 4096) and run again";
    case "EIO":
    case "ESTALE":
    case "ENXIO":
      return `the disk reports an error (${(error as NodeJS.ErrnoException).code}); check it${orElsewhere(path)} and run again`;
    case "EROFS":
      return `the disk is mounted read-only; make it writable${orElsewhere(path)} and run again`;
    case "EACCES":
    case "EPERM":
      return `the folder is not writable; change its permissions${orElsewhere(path)} and run again`;
    case "EISDIR":
      return "a folder of this name is there; move it away and run again";
    case "ENOTDIR":
    case "EEXIST":
      return `${firstNotFolder(path)} is a file where a folder is needed; move it away and run again`;
    default:
      return null;
  }
}

/** What a person can set to have the file elsewhere, if this place was chosen by a variable. */
function orElsewhere(path: string): string {
  const inside = (folder: string) => `${resolve(path)}${sep}`.startsWith(`${folder}${sep}`);
  if (inside(paths.out())) return ", or choose another folder with LATENT_SKY_OUT,";
  if (inside(paths.cache())) return ", or choose another folder with LATENT_SKY_CACHE,";
  return ", or choose another folder,";
}

/** The nearest thing above `path` that is there, which is then the file in the way. */
function firstNotFolder(path: string): string {
  let at = dirname(resolve(path));
  while (dirname(at) !== at) {
    try {
      if (statSync(at)) return at;
    } catch {
      at = dirname(at);
    }
  }
  return at;
}
