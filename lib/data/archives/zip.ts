import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { type Entry, fromRandomAccessReader, type ZipFile } from "yauzl";
import { BufferedReader } from "../../files/buffered-reader.js";
import { type KeptFile, openKeptFile } from "../../files/kept-file.js";
import {
  type Archive,
  type ArchiveEntry,
  type ArchiveLimits,
  fingerprintOf,
  type Skipped,
} from "./archive.js";
import { decodeEntryName, isSystemFile, replacedEntry, safeEntryName } from "./name.js";

const inflate = promisify(inflateRaw) as (
  data: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>;

/** Where one entry lies; a survey's zip has hundreds of thousands, so yauzl's own records are not kept. */
interface Place {
  offset: number;
  packed: number;
  size: number;
  crc: number;
  deflated: boolean;
}

/**
 * A zip: yauzl reads the central directory (zip64 too), the entries are read here with one positioned read each,
 * so any number can be read at once. Sizes are checked before (declared size, ratio, overlap) and while inflating
 * (never more than declared), and the CRC after.
 */
export async function openZip(path: string, limits: ArchiveLimits): Promise<Archive> {
  const file = await openKeptFile(path);
  try {
    return await listZip(path, file, limits);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function listZip(path: string, file: KeptFile, limits: ArchiveLimits): Promise<Archive> {
  const places = new Map<string, Place>();
  const skipped: Skipped[] = [];
  const replaced: Place[] = [];
  const listing: string[] = [];
  const zip = await openDirectory(path, file);
  if (zip.entryCount > limits.maxEntries) {
    zip.close();
    throw new Error(`${path} lists ${zip.entryCount} entries, more than the ${limits.maxEntries} read here.`);
  }
  await eachEntry(path, zip, (entry) => {
    const raw = decodeEntryName(entry.fileName as unknown as Uint8Array).replaceAll("\\", "/");
    const isFolder = raw.endsWith("/");
    if (isSystemFile(raw) || (isFolder && entry.uncompressedSize === 0)) return;
    listing.push(`${raw}\0${entry.uncompressedSize}\0${entry.crc32}`);
    const safe = safeEntryName(raw);
    const named = isFolder ? "it is named as a folder and has content" : null;
    const reason = "refused" in safe ? safe.refused : (named ?? whyRefused(entry, limits));
    if (reason || "refused" in safe) skipped.push({ name: raw, reason: reason ?? "" });
    else {
      if (places.has(safe.name)) {
        skipped.push({ name: raw, reason: replacedEntry });
        replaced.push(places.get(safe.name)!);
      }
      places.set(safe.name, {
        offset: entry.relativeOffsetOfLocalHeader,
        packed: entry.compressedSize,
        size: entry.uncompressedSize,
        crc: entry.crc32,
        deflated: entry.compressionMethod === 8,
      });
    }
  });

  await refuseUncounted(path, file, zip);
  refuseOverlaps(path, [...places.values(), ...replaced], file.size);
  const entries: ArchiveEntry[] = [...places].map(([name, p]) => ({ name, size: p.size }));
  return {
    path,
    kind: "zip",
    entries,
    skipped,
    fingerprint: fingerprintOf([String(file.size), ...listing]),
    async read(name) {
      const place = places.get(name);
      if (!place) throw new Error(`${path} has no entry "${name}".`);
      return readEntry(file, place).catch((cause) => {
        throw new Error(`${path}: "${name}" cannot be read: ${cause.message}.`, { cause });
      });
    },
    close: () => file.close(),
  };
}

function openDirectory(path: string, file: KeptFile): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    fromRandomAccessReader(
      new BufferedReader(file),
      file.size,
      // decodeStrings off: yauzl would refuse the whole archive for one odd name; names are checked above.
      { lazyEntries: true, decodeStrings: false, autoClose: false },
      (error, zip) => (error ? reject(damaged(path, error)) : resolve(zip)),
    ),
  );
}

function eachEntry(path: string, zip: ZipFile, visit: (entry: Entry) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      zip.close();
      reject(damaged(path, error));
    };
    zip.on("error", fail);
    zip.on("end", resolve);
    zip.on("entry", (entry: Entry) => {
      try {
        visit(entry);
        zip.readEntry();
      } catch (error) {
        fail(error as Error);
      }
    });
    zip.readEntry();
  });
}

function damaged(path: string, error: Error): Error {
  return new Error(
    `${path} is not a whole zip (${error.message.replace(/\.$/, "")}): it is probably truncated; download it again.`,
    { cause: error },
  );
}

function whyRefused(entry: Entry, limits: ArchiveLimits): string | null {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  const unixType = (entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0) & 0o170000;
  if (unixType === 0o120000) return "it is a symbolic link";
  if (entry.isEncrypted()) return "it is encrypted";
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    return `its compression method ${entry.compressionMethod} is not read here (only stored and deflated are)`;
  if (size > limits.maxEntryBytes)
    return `it declares ${size} bytes, more than the ${limits.maxEntryBytes} read here`;
  if (size > limits.ratioFloor && size > packed * limits.maxRatio)
    return `it declares ${size} bytes from ${packed}: a decompression bomb`;
  return null;
}

/** More entries than are counted: the count has 16 bits, and programs that know no zip64 write what fits. */
async function refuseUncounted(path: string, file: KeptFile, zip: ZipFile): Promise<void> {
  const next = Buffer.alloc(4);
  const { readEntryCursor: end } = zip as ZipFile & { readEntryCursor: number };
  const at = async (offset: number) => ((await file.read(next, offset)) ? next.readUInt32LE(0) : 0);
  if (zip.entryCount === 0 && (await at(0)) === 0x04034b50)
    throw new Error(`${path} begins with an entry and counts none: its end is damaged.`);
  if ((await at(end)) !== 0x02014b50) return;
  throw new Error(
    `${path} holds more entries than the ${zip.entryCount} it counts: it is damaged, or was made by a program that ` +
      "counts to 65535 only (as macOS's does). Unpack it and open the folder.",
  );
}

/** The overlapping-files bomb (Fifield 2019): many entries sharing one compressed kernel. */
function refuseOverlaps(path: string, places: readonly Place[], fileSize: number): void {
  const sorted = [...places].sort((a, b) => a.offset - b.offset);
  for (let i = 0; i < sorted.length; i++) {
    const end = sorted[i].offset + 30 + sorted[i].packed;
    if (end > (i + 1 < sorted.length ? sorted[i + 1].offset : fileSize))
      throw new Error(`${path} has entries that overlap or pass its end: it is damaged or a zip bomb.`);
  }
}

async function readEntry(file: KeptFile, place: Place): Promise<Uint8Array> {
  const header = Buffer.alloc(30);
  await fill(file, header, place.offset);
  if (header.readUInt32LE(0) !== 0x04034b50) throw new Error("its header is damaged");
  const packed = Buffer.alloc(place.packed);
  await fill(file, packed, place.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28));
  if (!place.deflated && place.packed !== place.size) throw new Error("its sizes disagree");
  const bytes = place.deflated ? await inflateWithin(packed, place.size) : packed;
  if (bytes.length !== place.size)
    throw new Error(`it has ${bytes.length} bytes where ${place.size} are declared`);
  if (crc32(bytes) >>> 0 !== place.crc >>> 0) throw new Error("its checksum (CRC-32) is wrong");
  return bytes;
}

async function inflateWithin(packed: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await inflate(packed, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    const tooLong = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const why = tooLong
      ? `it expands beyond the ${size} bytes it declares`
      : "its compressed data is damaged";
    throw new Error(why, { cause });
  }
}

async function fill(file: KeptFile, into: Buffer, position: number): Promise<void> {
  if (!(await file.read(into, position))) throw new Error("the archive ends inside it");
}
