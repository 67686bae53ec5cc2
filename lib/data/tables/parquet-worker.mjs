// Decodes parquet columns in a thread of its own, which its owner (parquet-thread.ts) can end: a damaged file can keep
// the decoder busy for ever or ask for any memory. Plain JavaScript: it starts in a tenth of the time tsx takes.
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** The file as hyparquet reads it: from the disk, or the bytes that were sent. */
function openFile({ path, size, bytes }) {
  const checked = (start, end) => {
    if (!(start >= 0 && start <= end && end <= size)) throw new Error("it points beyond its own end");
    return end - start;
  };
  if (bytes)
    return {
      byteLength: size,
      slice: (start, end = size) =>
        bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + start + checked(start, end)),
    };
  const file = openSync(path, "r");
  return {
    byteLength: size,
    close: () => closeSync(file),
    slice(start, end = size) {
      const part = new Uint8Array(checked(start, end));
      for (let at = 0; at < part.length; ) {
        const read = readSync(file, part, at, part.length - at, start + at);
        if (read === 0) throw new Error("it ends too early");
        at += read;
      }
      return part.buffer;
    },
  };
}

let file = null;
let metadata = null;
/** What the numbers or bytes that the file has for a column become, where the decoder would lose some of it. */
let conversions = new Map();

/** Another file, or none, in place of the one that was open. */
function change(opened) {
  file?.close?.();
  file = null;
  metadata = null;
  if (opened) file = openFile(opened);
}

/** Rows, columns and what each column's chunks claim; the owner decides whether that can be true. */
async function describe() {
  const size = file.byteLength;
  const end = new DataView(file.slice(Math.max(0, size - 8), size));
  if (size < 12 || end.getUint32(4) !== 0x50415231)
    throw new Error("it is not a whole parquet file; it is probably truncated, get it again");
  // Of what GeoParquet says of bytes nothing is needed: they are left out.
  metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const { children: all } = parquetSchema(metadata);
  const names = all.map(({ element }) => element.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`it has two columns "${twice}"`);
  conversions = new Map();
  const columns = all.map(({ element, children }) => {
    const unread = whyUnread(element, children);
    if (!unread) keepAll(element);
    return { name: element.name, isScalar: !unread, isList: isList(element, children), unread };
  });
  const groups = metadata.row_groups.map((group) => ({
    rows: Number(group.num_rows),
    chunks: group.columns.map(({ meta_data: m }) => ({
      column: m.path_in_schema[0],
      values: Number(m.num_values),
      packed: Number(m.total_compressed_size),
      unpacked: Number(m.total_uncompressed_size),
    })),
  }));
  const notes = metadata.key_value_metadata?.map(({ key, value }) => [key, value]) ?? [];
  return { rows: Number(metadata.num_rows), columns, groups, notes };
}

/** What a column holds that is no value of a table, in the plural; null for one that is read. */
function whyUnread(element, children) {
  const { repetition_type, converted_type, logical_type } = element;
  const type = logical_type?.type ?? converted_type;
  if (repetition_type === "REPEATED" || type === "LIST" || isList(element, children)) return "lists";
  if (type === "MAP" || type === "MAP_KEY_VALUE") return "maps";
  if (children.length > 0) return "structures";
  if (type === "INTERVAL") return "intervals of time";
  if (type === "BSON") return "BSON";
  return type === "GEOMETRY" || type === "GEOGRAPHY" ? "shapes on a map" : null;
}

/** Sees to it that nothing is lost of what the decoder would round, or knows by the older of two names only. */
function keepAll(element) {
  const { name, converted_type, logical_type } = element;
  const type = logical_type?.type ?? converted_type ?? "";
  if (type === "DATE") element.converted_type = "DATE";
  if (type === "DECIMAL") {
    const scale = element.scale ?? logical_type?.scale ?? 0;
    element.converted_type = undefined;
    const digits = (value) => (value instanceof Uint8Array ? integerOf(value) : BigInt(value));
    // Without a fraction an integer, in which a double would round an identifier of 19 digits; with one the nearest
    // double, as multiplying by 0.01 does not give it.
    conversions.set(name, (value) => (scale > 0 ? Number(`${digits(value)}e-${scale}`) : digits(value)));
  }
  if (/^TIME(_M|$)/.test(type)) {
    const unit = logical_type?.unit ?? type.slice(5);
    conversions.set(name, (value) => timeOfDay(BigInt(value) * nanoseconds[unit]));
  }
}

const nanoseconds = { MILLIS: 1_000_000n, MICROS: 1000n, NANOS: 1n };
const second = 1_000_000_000n;

/** "12:26:40.123", with three, six or nine decimals as they are needed. */
function timeOfDay(nanos) {
  return new Date(Number(nanos / 1_000_000n)).toISOString().slice(11, 19) + fraction(nanos % second);
}

function fraction(nanos) {
  return nanos === 0n
    ? ""
    : `.${String(nanos)
        .padStart(9, "0")
        .replace(/(000){1,2}$/, "")}`;
}

/** "2020-09-13T12:26:40.123456789Z", a day alone at midnight; a `Date` ends at milliseconds. */
function moment(nanos) {
  const part = ((nanos % second) + second) % second;
  const date = new Date(Number((nanos - part) / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${nanos} ns since 1970`;
  const text = date.toISOString().slice(0, -5);
  return part ? `${text}${fraction(part)}Z` : text.replace("T00:00:00", "");
}

const parsers = {
  timestampFromMilliseconds: (value) => moment(BigInt(value) * nanoseconds.MILLIS),
  timestampFromMicroseconds: (value) => moment(BigInt(value) * nanoseconds.MICROS),
  timestampFromNanoseconds: (value) => moment(BigInt(value)),
  dateFromDays: (days) => moment(BigInt(days) * 86_400n * second),
  // As it stands there, for the numbers in it.
  jsonFromBytes: (bytes) => bytes && decoder.decode(bytes),
};

/** A list of plain values in each row: three levels as parquet asks for, or a repeated column as old writers have it. */
function isList(element, children) {
  if (children.length === 0) return element.repetition_type === "REPEATED";
  const [repeated] = children;
  if (children.length !== 1 || repeated.element.repetition_type !== "REPEATED") return false;
  return (
    repeated.children.length === 0 ||
    (repeated.children.length === 1 && !repeated.children[0].children.length)
  );
}

/** Lists of numbers of one length as f32, row behind row; a row without a list is NaN. */
function packed(values, { column, rowStart }) {
  const first = values.find((v) => v !== null && v !== undefined);
  const width = first?.length ?? 0;
  const data = new Float32Array(values.length * width).fill(Number.NaN);
  for (const [i, list] of values.entries()) {
    if (list === null || list === undefined) continue;
    if (list.length !== width)
      throw new Error(
        `its column "${column}" has lists of ${width} and of ${list.length} numbers (row ${rowStart + i})`,
      );
    for (let j = 0; j < width; j++) {
      const value = list[j] ?? Number.NaN;
      if (typeof value !== "number")
        throw new Error(`its column "${column}" has lists that are not of numbers`);
      data[i * width + j] = value;
    }
  }
  return { data, width };
}

const decoder = new TextDecoder();

/** Bytes that no type explains, as text where that can be shown (NULs at its end aside); else they stay bytes. */
function textOf(bytes) {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const text = decoder.decode(bytes.subarray(0, end));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what text does not have.
  return /[\0-\x08\x0e-\x1f\x7f\ufffd]/.test(text) ? bytes : text;
}

/** Two's complement, the highest byte first. */
function integerOf(bytes) {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x0${Buffer.from(bytes).toString("hex")}`));
}

/** One column of one row group; numbers alone go back as doubles, without a copy. */
async function read({ column, rowStart, rowEnd, asLists }) {
  const parts = [];
  const onChunk = ({ columnData, rowStart: at }) => parts.push({ at: at - rowStart, columnData });
  // One column at a time: of several that fail, hyparquet would leave all but one rejection to nobody.
  const columns = [column];
  await parquetRead({
    file,
    metadata,
    columns,
    rowStart,
    rowEnd,
    compressors,
    parsers,
    onChunk,
    utf8: false,
  });
  const have = parts.reduce((most, { at, columnData }) => Math.max(most, at + columnData.length), 0);
  if (have < rowEnd - rowStart)
    throw new Error(`its column "${column}" has ${have} values where ${rowEnd - rowStart} are promised`);
  // Nothing is allocated by what the file claims, only by what was decoded.
  const values = new Array(rowEnd - rowStart).fill(null);
  const convert =
    conversions.get(column) ?? ((value) => (value instanceof Uint8Array ? textOf(value) : value));
  const toValue = (value) => (value === null || value === undefined ? null : convert(value));
  for (const { at, columnData } of parts)
    for (let i = 0; i < columnData.length; i++)
      if (at + i >= 0 && at + i < values.length) values[at + i] = toValue(columnData[i]);
  if (asLists) return packed(values, { column, rowStart });
  if (!values.every((v) => v === null || typeof v === "number")) return values;
  return Float64Array.from(values, (v) => v ?? Number.NaN);
}

const transfers = (result) =>
  result instanceof Float64Array ? [result.buffer] : result.data ? [result.data.buffer] : [];

parentPort.on("message", async (job) => {
  if (job.close) return change(null);
  try {
    if (job.open) return parentPort.postMessage({ result: change(job.open) });
    const result = job.describe ? await describe() : await read(job);
    parentPort.postMessage({ result }, transfers(result));
  } catch (error) {
    parentPort.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
parentPort.postMessage({ ready: true });
