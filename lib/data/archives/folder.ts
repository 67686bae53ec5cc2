import { type Dirent, readFile as readFileWithCallback, type Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { inParallel } from "../../files/in-parallel.js";
import {
  type Archive,
  type ArchiveEntry,
  type ArchiveLimits,
  fingerprintOf,
  type Skipped,
} from "./archive.js";
import { sampledOf, sampleOfFiles } from "./content-sample.js";
import { decodeEntryName, isSystemFile, safeEntryName } from "./name.js";

// The one of fs/promises makes an object of every file, which for small images costs as much as reading them.
const readFile = promisify(readFileWithCallback);

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

  const found: { name: string; raw: Buffer }[] = [];
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
        else found.push({ name, raw });
      } else if (child.isFile()) found.push({ name, raw });
      else skipped.push({ name, reason: "it is not a regular file" });
    }
  };
  await visit(Buffer.from(root), "");
  if (found.length > limits.maxEntries)
    throw new Error(`${path} holds more than ${limits.maxEntries} files; open one of its subfolders.`);
  const infos = new Array<Stats>(found.length);
  await inParallel(found.length, 32, async (i) => {
    infos[i] = await stat(found[i].raw);
  });
  for (const [i, { name, raw }] of found.entries()) {
    const { size, mtimeMs } = infos[i];
    if (size > limits.maxEntryBytes)
      skipped.push({ name, reason: `it has ${size} bytes, more than the ${limits.maxEntryBytes} read here` });
    else {
      files.set(name, { raw, size });
      stamps.push(`${name}\0${size}\0${mtimeMs}`);
    }
  }

  stamps.push(await sampleOfFiles([...files.values()].map(({ raw, size }) => ({ path: raw, size }))));
  const entries: ArchiveEntry[] = [...files].map(([name, f]) => ({ name, size: f.size }));
  return {
    path,
    kind: "folder",
    entries,
    skipped,
    fingerprint: fingerprintOf(stamps),
    sampled: sampledOf(files.size),
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
