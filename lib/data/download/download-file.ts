import { existsSync } from "node:fs";
import { rename, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../../files/atomic-write.js";
import { withLock } from "../../files/with-lock.js";
import { WriteError, writeError } from "../../files/write-error.js";
import { fileMismatch } from "./file-mismatch.js";
import type { ManifestFile } from "./manifest.js";
import { HttpError, sizeOf, type TransferOptions, transfer } from "./transfer.js";

export interface DownloadFileOptions extends TransferOptions {
  /** Tries without progress, and whole files that are wrong, at one address before the next is used; default 3. */
  attempts?: number;
}

/**
 * Downloads one file to `path`, from the first of its addresses that delivers it whole. While another process
 * downloads the same file this one waits, and takes what came.
 */
export async function downloadFile(
  file: ManifestFile,
  path: string,
  options: DownloadFileOptions = {},
): Promise<void> {
  await makeFolder(dirname(path)).catch((error) => {
    throw writeError(path, error);
  });
  const before = existsSync(path);
  const fetchIt = async () => {
    if (!before && existsSync(path) && !(await fileMismatch(file, path))) return;
    await fetchFile(file, path, options);
  };
  await withLock(path, fetchIt, { signal: options.signal });
}

async function fetchFile(file: ManifestFile, path: string, options: DownloadFileOptions): Promise<void> {
  await requireSpace(file, path);
  const part = `${path}.part`;
  const failures: string[] = [];
  for (const url of file.urls) {
    // A try that brought the file further than any before does not count: a long download may break many times.
    const attempts = options.attempts ?? 3;
    let furthest = await sizeOf(part);
    let wrongFiles = 0;
    for (let attempt = 0; attempt < attempts && wrongFiles < attempts; attempt++) {
      options.signal?.throwIfAborted();
      if (attempt > 0)
        await sleep(Math.min(500 * 2 ** attempt, 10_000), undefined, { signal: options.signal });
      try {
        await transfer(url, file, part, options);
        const wrong = await fileMismatch(file, part);
        if (!wrong) {
          await rename(part, path);
          await rm(`${part}.json`, { force: true });
          return;
        }
        // A part that is complete but wrong cannot be mended by resuming.
        await rm(part, { force: true });
        failures.push(`${url}: ${wrong}`);
        wrongFiles++;
        furthest = Number.POSITIVE_INFINITY; // nothing goes further than the end
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        const { final, reason } = explain(error);
        failures.push(`${url}: ${reason}`);
        const size = await sizeOf(part);
        if (size > furthest) attempt = -1;
        furthest = Math.max(furthest, size);
        const refused = writeError(part, error);
        if (refused instanceof WriteError) throw refused;
        if (final) break;
      }
    }
  }
  const reasons = [...new Set(failures)].join("; ");
  throw new Error(
    `${file.name} could not be downloaded (${reasons}). What has arrived is kept: run the same command again to go on, ` +
      `or get the file by other means and put it into ${dirname(path)} or into the folder LATENT_SKY_DATA names.`,
  );
}

/** The reason in words, and whether trying this address again is useless. */
function explain(error: unknown): { final: boolean; reason: string } {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const code = cause?.code;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENETUNREACH")
    return { final: true, reason: "the server cannot be found; this machine seems to be offline" };
  if (code === "ECONNREFUSED") return { final: true, reason: "the server refuses connections" };
  const status = error instanceof HttpError ? error.status : 0;
  const mayPass = status >= 500 || status === 408 || status === 429;
  return { final: error instanceof HttpError && !mayPass, reason: cause?.message ?? message };
}

async function requireSpace(file: ManifestFile, path: string): Promise<void> {
  if (file.bytes === undefined) return;
  const disk = await statfs(dirname(path));
  const have = await sizeOf(`${path}.part`);
  const free = disk.bavail * disk.bsize;
  if (file.bytes - have > free)
    throw new Error(
      `${file.name} needs ${Math.ceil((file.bytes - have) / 1e6)} MB and ${dirname(path)} has ${Math.floor(free / 1e6)} MB free; free some space or set LATENT_SKY_CACHE to another disk.`,
    );
}
