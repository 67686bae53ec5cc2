import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  type Archive,
  type ArchiveEntry,
  type ArchiveLimits,
  fingerprintOf,
  type Skipped,
} from "./archive.js";
import { decodeEntryName, isSystemFile, safeEntryName } from "./archive-name.js";

/**
 * A plain folder behind the archive interface, its files in name order. Links are followed as long as they stay
 * inside the folder; one that leaves it is skipped with its reason, so a dataset someone sent cannot read
 * elsewhere. Hidden folders (`.git`, `.ipynb_checkpoints`) are not entered.
 */
export async function openFolder(path: string, limits: ArchiveLimits): Promise<Archive> {
  const root = await realpath(path);
  const files = new Map<string, { raw: Buffer; size: number }>();
  const skipped: Skipped[] = [];
  const stamps: string[] = [];

  const visit = async (folder: Buffer, prefix: string): Promise<void> => {
    // Names are read as bytes: a name that is not UTF-8 could not be opened again from a string.
    const children = (await readdir(folder, { withFileTypes: true, encoding: "buffer" })) as Dirent<Buffer>[];
    children.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const child of children) {
      const name = prefix + decodeEntryName(child.name);
      const raw = Buffer.concat([folder, Buffer.from(sep), child.name]);
      if (isSystemFile(name)) continue;
      if (child.isDirectory()) {
        if (!decodeEntryName(child.name).startsWith(".")) await visit(raw, `${name}/`);
        continue;
      }
      const safe = safeEntryName(name);
      if ("refused" in safe) {
        skipped.push({ name, reason: safe.refused });
        continue;
      }
      if (child.isSymbolicLink()) {
        const target = await realpath(raw).catch(() => null);
        if (!target) skipped.push({ name, reason: "it is a link to nothing" });
        else if (!target.startsWith(root + sep))
          skipped.push({ name, reason: "it is a link out of the folder" });
        else if (!(await stat(raw)).isFile()) skipped.push({ name, reason: "it is a link to a folder" });
        else await add(name, raw);
      } else if (child.isFile()) await add(name, raw);
      else skipped.push({ name, reason: "it is not a regular file" });
    }
  };
  const add = async (name: string, raw: Buffer): Promise<void> => {
    const info = await stat(raw);
    if (info.size > limits.maxEntryBytes) {
      skipped.push({
        name,
        reason: `it has ${info.size} bytes, more than the ${limits.maxEntryBytes} read here`,
      });
      return;
    }
    if (files.size >= limits.maxEntries)
      throw new Error(`${path} holds more than ${limits.maxEntries} files; open one of its subfolders.`);
    files.set(name, { raw, size: info.size });
    stamps.push(`${name}\0${info.size}\0${info.mtimeMs}`);
  };
  await visit(Buffer.from(root), "");

  const entries: ArchiveEntry[] = [...files].map(([name, f]) => ({ name, size: f.size }));
  return {
    path,
    kind: "folder",
    entries,
    skipped,
    fingerprint: fingerprintOf(stamps),
    async read(name) {
      const file = files.get(name);
      if (!file) throw new Error(`${path} has no file "${name}".`);
      return readFile(file.raw).catch((cause) => {
        throw new Error(`${join(path, name)} cannot be read: ${cause.code ?? cause.message}.`, { cause });
      });
    },
    close: async () => {},
  };
}
