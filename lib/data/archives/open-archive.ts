import { open, stat } from "node:fs/promises";
import { type Archive, type ArchiveLimits, archiveLimits } from "./archive.js";
import { openFolder } from "./folder.js";
import { openTar } from "./tar.js";
import { tarChecksumHolds } from "./tar-index.js";
import { openZip } from "./zip.js";

/**
 * Opens a folder, .zip, .tar or .tar.gz. The kind is told from the first bytes, not from the name, so a renamed
 * archive opens and a text file called .zip gets a clear error.
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
  throw new Error(`${path} is neither a zip nor a tar nor a tar.gz; give a folder or one of these.`);
}

/** What the first bytes of a file say it is; `null` for anything that is not an archive read here. */
export async function archiveKind(path: string): Promise<"zip" | "tar" | "tar.gz" | null> {
  const head = Buffer.alloc(512);
  const file = await open(path, "r");
  try {
    const { bytesRead } = await file.read(head, 0, 512, 0);
    const signature = bytesRead >= 4 ? head.readUInt32LE(0) : 0;
    if (signature === 0x04034b50 || signature === 0x06054b50) return "zip";
    if (bytesRead >= 2 && head[0] === 0x1f && head[1] === 0x8b) return "tar.gz";
    // A tar has no signature of its own before ustar: the header's checksum tells.
    return bytesRead === 512 && tarChecksumHolds(head) ? "tar" : null;
  } finally {
    await file.close();
  }
}
