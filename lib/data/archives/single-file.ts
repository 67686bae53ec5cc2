import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Archive, type ArchiveLimits, fingerprintOf } from "./archive.js";
import { sampleOfFile } from "./content-sample.js";

/** One file behind the archive interface: an image that is a dataset by itself. */
export async function openSingleFile(path: string, limits: ArchiveLimits): Promise<Archive> {
  const { size, mtimeMs } = await stat(path);
  const name = basename(path);
  if (size > limits.maxEntryBytes)
    throw new Error(`${path} has ${size} bytes, more than the ${limits.maxEntryBytes} read here.`);
  return {
    path,
    kind: "file",
    entries: [{ name, size }],
    skipped: [],
    fingerprint: fingerprintOf([`${name}\0${size}\0${mtimeMs}`, await sampleOfFile(path, size)]),
    async read(entry) {
      if (entry !== name) throw new Error(`${path} is one file; it has no "${entry}".`);
      return readFile(path).catch((cause) => {
        throw new Error(`${path} cannot be read: ${cause.code ?? cause.message}.`, { cause });
      });
    },
    close: async () => {},
  };
}
