import { existsSync } from "node:fs";
import { copyFile, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../../files/atomic-write.js";
import { paths } from "../../files/paths.js";
import { temporaryName } from "../../files/temporary-name.js";
import { writeError } from "../../files/write-error.js";
import { type DownloadFileOptions, downloadFile } from "./download-file.js";
import { fileMismatch } from "./file-mismatch.js";
import { completeFromRecord, type Manifest } from "./manifest.js";

export interface DownloadOptions extends DownloadFileOptions {
  /** Where files go; default the downloads of the cache. */
  folder?: string;
}

/** Where a file ended up and whether it was there before. */
export interface Fetched {
  name: string;
  path: string;
  how: "found" | "downloaded";
}

/**
 * Makes every file of a manifest available. A file is looked for in LATENT_SKY_DATA, then among the downloads; what is
 * missing is downloaded, resuming where an earlier try stopped, checked (size, MD5, SHA-256) and only then given its name.
 */
export async function downloadDataset(manifest: Manifest, options: DownloadOptions = {}): Promise<Fetched[]> {
  const folder = options.folder ?? paths.cache("downloads", manifest.folder ?? "");
  const places = paths.archives().flatMap((p) => [p, ...(manifest.folder ? [join(p, manifest.folder)] : [])]);
  const found = new Map<string, string>();
  for (const file of manifest.files) {
    for (const path of new Set([folder, ...places].map((p) => join(p, file.name))))
      if (existsSync(path) && !(await fileMismatch(file, path, quickBytes))) {
        found.set(file.name, path);
        break;
      }
  }
  const missing = found.size < manifest.files.length;
  const files = missing ? await completeFromRecord(manifest, options.signal) : manifest.files;
  const fetched: Fetched[] = [];
  for (const file of files) {
    const there = found.get(file.name);
    const path = join(folder, file.name);
    if (there) {
      // A release of several files is opened as one folder: what lies elsewhere is linked in.
      if (missing && there !== path) await linkInto(there, path);
      fetched.push({ name: file.name, path: missing ? path : there, how: "found" });
    } else {
      await downloadFile(file, path, options);
      fetched.push({ name: file.name, path, how: "downloaded" });
    }
  }
  return fetched;
}

/** A file that is already there is hashed again only up to this size: a survey's archives would take minutes. */
const quickBytes = 256 * 1024 ** 2;

async function linkInto(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  const temporary = temporaryName(to);
  try {
    await symlink(from, temporary).catch(() => copyFile(from, temporary));
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(to, error);
  }
}
