import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { imageNamePattern } from "../images/decode-image.js";
import { unreadKind } from "../images/unread-kinds.js";
import { type Archive, type ArchiveLimits, archiveLimits } from "./archive.js";
import { openFolder } from "./folder.js";
import { openSingleFile } from "./single-file.js";
import { openTar } from "./tar.js";
import { tarChecksumHolds } from "./tar-index.js";
import { openZip } from "./zip.js";

/**
 * Opens a folder, .zip, .tar or .tar.gz, or one image by itself. The kind is told from the first bytes, not from the
 * name, so a renamed archive opens and a text file called .zip gets a clear error.
 */
export async function openArchive(path: string, limits: Partial<ArchiveLimits> = {}): Promise<Archive> {
  const bounds = { ...archiveLimits, ...limits };
  const info = await stat(path).catch((cause) => {
    throw new Error(`There is no file or folder ${path}.`, { cause });
  });
  if (info.isDirectory()) return openFolder(path, bounds);
  if (info.size === 0) throw new Error(`${path} is empty (0 bytes); download it again.`);
  const kind = await archiveKind(path);
  if (kind === "zip") return openZip(path, bounds);
  if (kind === "tar" || kind === "tar.gz") return openTar(path, kind === "tar.gz", bounds);
  if (imageNamePattern.test(path)) return openSingleFile(path, bounds);
  if (/\.(csv|tsv|ecsv|parquet|vot|votable|txt|dat)(\.gz)?$/i.test(path))
    throw new Error(`${path} is a table; open the folder or archive of its images and name it with labels.`);
  if (/\.(7z|rar)$/i.test(path))
    throw new Error(`${path} is an archive of a kind that is not opened here: unpack it, or make it a zip.`);
  const reason = unreadKind(path);
  if (reason && !/\.(zip|tar|tgz|tar\.gz)$/i.test(path))
    throw new Error(`${path} cannot be opened: ${reason}.`);
  throw new Error(`${path} is neither a zip nor a tar nor a tar.gz; give a folder or one of these.`);
}

/** What the first bytes of a file say it is; `null` for anything that is not an archive read here. */
async function archiveKind(path: string): Promise<"zip" | "tar" | "tar.gz" | null> {
  const head = Buffer.alloc(4096);
  const file = await open(path, "r");
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const signature = bytesRead >= 4 ? head.readUInt32LE(0) : 0;
    if (signature === 0x04034b50 || signature === 0x06054b50) return "zip";
    if (bytesRead >= 2 && head[0] === 0x1f && head[1] === 0x8b) {
      const start = await gunzippedStart(head.subarray(0, bytesRead));
      // What does not even begin is for the reader of tar.gz to refuse.
      if (start === null) return "tar.gz";
      const isTar = start.length === 512 && (tarChecksumHolds(start) || start.every((b) => b === 0));
      return isTar ? "tar.gz" : null;
    }
    // A tar has no signature of its own before ustar: the header's checksum tells.
    return bytesRead >= 512 && tarChecksumHolds(head.subarray(0, 512)) ? "tar" : null;
  } finally {
    await file.close();
  }
}

/** The first 512 bytes of a gzip whose beginning is given, or all of a shorter one; null where it is damaged or cut. */
async function gunzippedStart(packed: Uint8Array): Promise<Buffer | null> {
  const unzip = createGunzip();
  unzip.end(packed);
  const parts: Buffer[] = [];
  let have = 0;
  try {
    for await (const part of unzip as AsyncIterable<Buffer>) {
      parts.push(part);
      have += part.length;
      if (have >= 512) break;
    }
  } catch {
    return null;
  }
  return Buffer.concat(parts).subarray(0, 512);
}
