import type { ArchiveLimits, Skipped } from "./archive.js";
import { decodeEntryName, isSystemFile, replacedEntry, safeEntryName } from "./name.js";

/** Random access to the bytes of a plain tar, on disk or in memory. */
export interface TarSource {
  readonly size: number;
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Goes up when the same tar gives another index: what an earlier version kept is made again. */
const FORM = 2;

export interface TarFile {
  name: string;
  size: number;
  /** Where the file's bytes start in the tar. */
  offset: number;
  /** Modification time in seconds, part of the fingerprint. */
  time: number;
}
export interface TarIndex {
  form: typeof FORM;
  files: TarFile[];
  skipped: Skipped[];
}

/** Whether what was kept once is an index as this version makes it. */
export function isTarIndex(value: unknown): value is TarIndex {
  const { form, files, skipped } = (value ?? {}) as Partial<TarIndex>;
  const isFile = (f: TarFile | null) =>
    typeof f?.name === "string" && [f.size, f.offset, f.time].every((n) => typeof n === "number");
  return form === FORM && Array.isArray(files) && files.every(isFile) && Array.isArray(skipped);
}

const block = 512;
/** Headers that only describe the next one may not be larger than this. */
const maxHeaderBytes = 1024 ** 2;

/**
 * Lists the files of a tar (POSIX 1003.1 ustar and pax, GNU long names and base-256 sizes) by its headers, never
 * reading the bodies. Links, devices, sparse and unsafe names are listed as skipped; a tar that ends inside an
 * entry is refused as truncated.
 */
export async function indexTar(path: string, source: TarSource, limits: ArchiveLimits): Promise<TarIndex> {
  const files: TarFile[] = [];
  const skipped: Skipped[] = [];
  const places = new Map<string, number>();
  let pax: Record<string, Uint8Array> = {};
  let paxGlobal: Record<string, Uint8Array> = {};
  let longName: Uint8Array | null = null;

  for (let position = 0; position + block <= source.size; ) {
    const header = await source.read(position, block);
    if (header.every((byte) => byte === 0)) {
      if (await anotherFollows(source, position))
        skipped.push({
          name: "(end of archive)",
          reason: "another archive follows its end mark and is not read; unpack both with tar --ignore-zeros",
        });
      return { form: FORM, files, skipped };
    }
    if (!tarChecksumHolds(header))
      throw new Error(`${path} is damaged at byte ${position}; download it again.`);
    const type = String.fromCharCode(header[156] || 48);
    const fields: Record<string, Uint8Array> = { ...paxGlobal, ...pax };
    const size =
      fields.size && type !== "x" && type !== "g" ? Number(ascii(fields.size)) : number(header, 124, 12);
    const offset = position + block + (type === "S" ? await sparseMapBytes(source, position) : 0);
    if (!Number.isSafeInteger(size) || size < 0)
      throw new Error(`${path} has an entry of impossible size at byte ${position}.`);
    if (offset + size > source.size)
      throw new Error(
        `${path} is truncated: it ends inside "${decodeEntryName(headerName(header))}"; download it again.`,
      );
    position = offset + Math.ceil(size / block) * block;

    if (type === "x" || type === "g" || type === "L" || type === "K") {
      if (size > maxHeaderBytes)
        throw new Error(`${path} has a header of ${size} bytes at byte ${offset}: it is damaged.`);
      const body = await source.read(offset, size);
      if (type === "x") pax = paxRecords(body);
      else if (type === "g") paxGlobal = { ...paxGlobal, ...paxRecords(body) };
      else if (type === "L") longName = untilNul(body);
      continue;
    }
    const name = decodeEntryName(fields.path ?? longName ?? headerName(header));
    const sparse = type === "S" || Object.keys(fields).some((k) => k.startsWith("GNU.sparse"));
    pax = {};
    longName = null;
    const isFolder = name.endsWith("/");
    if (type === "5" || isSystemFile(name) || (isFolder && size === 0)) continue;
    const safe = safeEntryName(name);
    const reason =
      "refused" in safe
        ? safe.refused
        : sparse
          ? "it is a sparse file"
          : isFolder
            ? "it is named as a folder and has content"
            : type === "1" || type === "2"
              ? "it is a link"
              : type !== "0" && type !== "7"
                ? `it is not a regular file (type "${type}")`
                : size > limits.maxEntryBytes
                  ? `it has ${size} bytes, more than the ${limits.maxEntryBytes} read here`
                  : null;
    if (reason || "refused" in safe) {
      skipped.push({ name, reason: reason ?? "" });
      continue;
    }
    if (files.length >= limits.maxEntries)
      throw new Error(`${path} lists more than ${limits.maxEntries} entries.`);
    const file = { name: safe.name, size, offset, time: number(header, 136, 12) };
    const before = places.get(safe.name);
    if (before === undefined) places.set(safe.name, files.push(file) - 1);
    else {
      // As whoever unpacks it gets it: tar -r and -u append what changed.
      files[before] = file;
      skipped.push({ name, reason: replacedEntry });
    }
  }
  // A writer ends a tar with two blank blocks; without them a cut between two entries cannot be told.
  skipped.push({
    name: "(end of archive)",
    reason: "the end mark is missing: entries after the last may be lost",
  });
  return { form: FORM, files, skipped };
}

/** Bytes between the header of GNU's old sparse format at `position` and its data: more of its map of holes. */
async function sparseMapBytes(source: TarSource, position: number): Promise<number> {
  let length = 0;
  let isExtended = (await source.read(position, block))[482] !== 0;
  while (isExtended && position + block + length + block <= source.size) {
    isExtended = (await source.read(position + block + length, block))[504] !== 0;
    length += block;
  }
  return length;
}

/** A writer fills its last record, of 20 blocks unless asked for others, with blank ones. */
const fillBytes = 64 * 1024;

/** Whether behind the end mark at `position` a further header comes, as `cat a.tar b.tar` leaves it. */
async function anotherFollows(source: TarSource, position: number): Promise<boolean> {
  const length = Math.min(fillBytes, source.size - position);
  const rest = await source.read(position, length - (length % block));
  const at = rest.findIndex((byte) => byte !== 0);
  if (at < 0) return false;
  const start = at - (at % block);
  return tarChecksumHolds(rest.subarray(start, start + block));
}

const ascii = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** The name field, with ustar's prefix before it (GNU's own magic has no prefix there). */
function headerName(header: Uint8Array): Uint8Array {
  const name = untilNul(header.subarray(0, 100));
  const prefix = untilNul(header.subarray(345, 500));
  const ustar = ascii(header.subarray(257, 263)) === "ustar\0";
  return ustar && prefix.length ? Buffer.concat([prefix, Buffer.from("/"), name]) : name;
}

/** A numeric field: octal text, or base-256 when its top bit is set. */
function number(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length);
  if (field[0] & 0x80) {
    let value = field[0] & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + field[i];
    return value;
  }
  const text = ascii(field).replace(/[\0 ]+/g, "");
  return text === "" ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Pax records: "LENGTH KEY=VALUE\n", LENGTH counting the whole record in bytes. */
function paxRecords(body: Uint8Array): Record<string, Uint8Array> {
  const records: Record<string, Uint8Array> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(ascii(body.subarray(at, space)));
    if (!(length > space - at) || at + length > body.length) break;
    const equals = body.indexOf(61, space);
    if (equals < 0 || equals >= at + length) break;
    records[ascii(body.subarray(space + 1, equals))] = body.subarray(equals + 1, at + length - 1);
    at += length;
  }
  return records;
}

/** The header's own sum, taken with its checksum field read as blanks. */
export function tarChecksumHolds(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  const text = String.fromCharCode(...header.subarray(148, 156)).replace(/[\0 ]+/g, "");
  return /^[0-7]+$/.test(text) && Number.parseInt(text, 8) === sum;
}
