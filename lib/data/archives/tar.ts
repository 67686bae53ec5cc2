import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { createGunzip } from "node:zlib";
import { atomicWrite, makeFolder } from "../../files/atomic-write.js";
import { openKeptFile } from "../../files/kept-file.js";
import { paths } from "../../files/paths.js";
import { sweepTemporary, temporaryName } from "../../files/temporary-name.js";
import { WriteError, writeError } from "../../files/write-error.js";
import {
  type Archive,
  type ArchiveEntry,
  type ArchiveLimits,
  fingerprintOf,
  type Skipped,
} from "./archive.js";
import { contentSample, sampledOf, sampleOfFile } from "./content-sample.js";
import { indexTar, isTarIndex, type TarIndex, type TarSource } from "./tar-index.js";

/** A decompressed tar up to this size stays in memory; a larger one goes to the cache folder. */
const memoryBytes = 64 * 1024 ** 2;

/**
 * A tar or tar.gz. A tar is indexed once by reading its headers only, and the index of a large one is kept in the
 * cache. Gzip has no random access, so a tar.gz is decompressed once: in memory when small (MiraBest: 29 MB), else
 * into the cache folder, keyed by the archive's name, size, time and a sample of its bytes, and opened from there
 * afterwards.
 */
export async function openTar(path: string, gzipped: boolean, limits: ArchiveLimits): Promise<Archive> {
  const info = await stat(path);
  const sample = await sampleOfFile(path, info.size);
  const key = fingerprintOf([path, String(info.size), String(info.mtimeMs), sample]);
  const source = gzipped ? await gunzipOnce(path, key, info.size, limits) : await fileSource(path);
  let index: TarIndex;
  try {
    index = await cachedIndex(path, key, source, limits);
  } catch (error) {
    await source.close();
    throw error;
  }
  const places = new Map(index.files.map((f) => [f.name, f]));
  const entries: ArchiveEntry[] = index.files.map(({ name, size }) => ({ name, size }));
  const skipped: Skipped[] = index.skipped;
  const content = await contentSample(
    index.files.map((f) => f.size),
    (i, at, length) => source.read(index.files[i].offset + at, length),
  );
  return {
    path,
    kind: "tar",
    entries,
    skipped,
    fingerprint: fingerprintOf([
      String(source.size),
      ...index.files.map((f) => `${f.name}\0${f.size}\0${f.offset}\0${f.time}`),
      content,
    ]),
    sampled: sampledOf(index.files.length),
    async read(name) {
      const place = places.get(name);
      if (!place) throw new Error(`${path} has no entry "${name}".`);
      return source.read(place.offset, place.size).catch((cause) => {
        throw new Error(`${path}: "${name}" cannot be read: ${cause.message}.`, { cause });
      });
    },
    close: () => source.close(),
  };
}

async function cachedIndex(
  path: string,
  key: string,
  source: TarSource,
  limits: ArchiveLimits,
): Promise<TarIndex> {
  if (source.size <= memoryBytes) return indexTar(path, source, limits);
  const kept = paths.cache("tar", `${key}.index.json`);
  if (existsSync(kept)) {
    try {
      const index: unknown = JSON.parse(await readFile(kept, "utf8"));
      if (isTarIndex(index)) return index;
    } catch {}
    // One that is damaged, or another version's, is only a lost saving: the index is made again below.
  }
  const index = await indexTar(path, source, limits);
  await atomicWrite(kept, JSON.stringify(index));
  return index;
}

async function fileSource(path: string): Promise<TarSource> {
  const file = await openKeptFile(path);
  return {
    size: file.size,
    async read(position, length) {
      const bytes = Buffer.alloc(length);
      if (!(await file.read(bytes, position))) throw new Error("the archive ends inside it");
      return bytes;
    },
    close: () => file.close(),
  };
}

function memorySource(bytes: Uint8Array): TarSource {
  return {
    size: bytes.length,
    async read(position, length) {
      if (position + length > bytes.length) throw new Error("the archive ends inside it");
      return bytes.slice(position, position + length);
    },
    close: async () => {},
  };
}

async function gunzipOnce(
  path: string,
  key: string,
  packed: number,
  limits: ArchiveLimits,
): Promise<TarSource> {
  const target = paths.cache("tar", `${key}.tar`);
  if (existsSync(target)) return fileSource(target);
  const temporary = temporaryName(target);
  const chunks: Buffer[] = [];
  let size = 0;
  let spill: ReturnType<typeof createWriteStream> | null = null;
  const write = (chunk: Uint8Array) =>
    new Promise<void>((resolve, reject) => spill!.write(chunk, (e) => (e ? reject(e) : resolve())));
  const input = createReadStream(path);
  const output = createGunzip();
  input.on("error", (error) => output.destroy(error));
  try {
    for await (const chunk of input.pipe(output) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.ratioFloor && size > packed * limits.maxRatio)
        throw new Error(`it expands to more than ${limits.maxRatio} times its size: a decompression bomb`);
      if (!spill && size > memoryBytes) {
        await makeFolder(dirname(target));
        await sweepTemporary(target);
        spill = createWriteStream(temporary, { flush: true });
        spill.on("error", () => {}); // told by the write that meets it
        for (const kept of chunks.splice(0)) await write(kept);
      }
      if (spill) await write(chunk);
      else chunks.push(chunk);
    }
    if (!spill) return memorySource(Buffer.concat(chunks));
    const done = spill;
    await new Promise<void>((resolve, reject) => done.end((e?: Error | null) => (e ? reject(e) : resolve())));
    await rename(temporary, target);
    return fileSource(target);
  } catch (cause) {
    input.destroy();
    spill?.destroy();
    await rm(temporary, { force: true }).catch(() => {});
    const refused = writeError(target, cause);
    if (refused instanceof WriteError) throw refused;
    const message = (cause as Error).message;
    const why = message.includes("unexpected end of file") ? "it is truncated; download it again" : message;
    throw new Error(`${path} cannot be decompressed: ${why}.`, { cause });
  }
}
