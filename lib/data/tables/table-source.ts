import { createGunzip } from "node:zlib";
import { type KeptFile, openKeptFile } from "../../files/kept-file.js";
import { archiveLimits } from "../archives/archive.js";

/** The bytes of a table, from a file or from memory; gzip is undone on the way. */
export interface TableSource {
  /** Bytes after decompression; null where only reading to the end would tell. */
  readonly size: number | null;
  /** All bytes in order, some at a time. May be asked for again. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The bytes from `at` on, `length` of them or as many as there are; not behind gzip. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

const step = 1 << 20;

/** Opens the file at `path`, or the `bytes` that came from it. */
export async function openTableSource(path: string, bytes?: Uint8Array): Promise<TableSource> {
  const plain = bytes ? memorySource(bytes) : fileSource(await openKeptFile(path));
  try {
    const size = plain.size ?? 0;
    if (size === 0) throw new Error("it is empty (0 bytes)");
    const head = await plain.read(0, 2);
    return head[0] === 0x1f && head[1] === 0x8b ? await gunzippedSource(plain) : plain;
  } catch (error) {
    await plain.close();
    throw error;
  }
}

/** The first bytes of a source, at most `length`. */
export async function headOf(source: TableSource, length: number): Promise<Uint8Array> {
  if (source.size !== null) return source.read(0, length);
  const parts: Uint8Array[] = [];
  let have = 0;
  for await (const part of source.chunks()) {
    parts.push(part);
    have += part.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** All bytes of a source in one piece; what only random access can read, behind gzip. */
export async function wholeOf(source: TableSource): Promise<Uint8Array> {
  if (source.size !== null) return source.read(0, source.size);
  const parts: Uint8Array[] = [];
  for await (const part of source.chunks()) parts.push(part);
  return Buffer.concat(parts);
}

/** Bytes that lie in memory. */
export function memorySource(bytes: Uint8Array): TableSource {
  return {
    size: bytes.length,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    },
    read: async (at, length) => bytes.subarray(at, at + length),
    close: async () => {},
  };
}

function fileSource(file: KeptFile): TableSource {
  const read = async (at: number, length: number) => {
    const part = new Uint8Array(Math.max(0, Math.min(length, file.size - at)));
    if (!(await file.read(part, at))) throw new Error("it ends too early");
    return part;
  };
  return {
    size: file.size,
    async *chunks() {
      for (let at = 0; at < file.size; at += step) yield await read(at, step);
    },
    read,
    close: () => file.close(),
  };
}

/**
 * Gzip undone piece by piece, within the ratio that archives are held to. As much as they may hold at any ratio is
 * unpacked once before anybody makes rows of it, so that a bomb is refused before it fills the memory.
 */
async function gunzippedSource(packed: TableSource): Promise<TableSource> {
  const { maxRatio, ratioFloor } = archiveLimits;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const unzip = createGunzip({ chunkSize: step });
    unzip.on("error", () => {}); // the loop below throws it
    const feeding = (async () => {
      for await (const part of packed.chunks()) {
        if (unzip.destroyed) return;
        if (!unzip.write(part))
          await new Promise<void>((go) => {
            unzip.once("drain", go);
            unzip.once("close", go);
          });
      }
      unzip.end();
    })().catch((error) => unzip.destroy(error));
    let size = 0;
    try {
      for await (const part of unzip as AsyncIterable<Uint8Array>) {
        size += part.length;
        if (size > ratioFloor && size > maxRatio * unzip.bytesWritten)
          throw new Error(`it expands to more than ${maxRatio} times its size: a decompression bomb`);
        yield part;
      }
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "Z_BUF_ERROR") throw new Error("its gzip is cut short; get it again", { cause });
      throw code?.startsWith("Z_")
        ? new Error(`its gzip does not decompress (${message})`, { cause })
        : cause;
    } finally {
      unzip.destroy();
      await feeding;
    }
  }
  let tried = 0;
  for await (const part of chunks()) {
    tried += part.length;
    if (tried > ratioFloor) break;
  }
  return {
    size: null,
    chunks,
    async read() {
      throw new Error("it is compressed and read from its beginning only");
    },
    close: () => packed.close(),
  };
}
