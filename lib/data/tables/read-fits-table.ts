import { isUtf8 } from "node:buffer";
import type { ByteSource } from "../../files/byte-source.js";
import { checkDatasum } from "../images/fits/check-datasum.js";
import { type FitsUnit, fitsUnits, unitName } from "../images/fits/units.js";
import { ColumnSet } from "./column-set.js";
import { type FitsField, fitsFields } from "./fits-fields.js";
import type { Table } from "./table.js";

/** Rows are read so many bytes at a time: a catalogue may be larger than memory, its wanted columns seldom are. */
const blockBytes = 8 << 20;

/**
 * A table of a FITS file, binary or ASCII (standard 4.0, sections 7.2 and 7.3): the first (of SExtractor's FITS_LDAC the
 * sources), or that of `unit` (an index among all units, as CFITSIO and astropy count them, or an EXTNAME). TSCAL,
 * TZERO (unsigned integers too) and TNULL are applied; integers a double would round become text. Arrays in a cell: see
 * `ColumnSet`.
 */
export async function readFitsTable(
  path: string,
  source: ByteSource,
  options: { columns?: readonly string[]; unit?: number | string } = {},
): Promise<Table> {
  const units = await fitsUnits(source);
  const tables = units.filter(isTable);
  const { unit: wanted } = options;
  const named = (u: FitsUnit) => u.index === wanted || sameName(u.header.get("EXTNAME"), wanted);
  const unit =
    wanted === undefined
      ? (tables.find((u) => sameName(u.header.get("EXTNAME"), "LDAC_OBJECTS")) ?? tables[0])
      : tables.find(named);
  if (!unit)
    throw new Error(
      wanted === undefined
        ? `none of its units (${units.map(unitName).join(", ")}) holds a table`
        : `it has no table ${wanted}; its tables are ${tables.map(unitName).join(", ") || "none"}`,
    );
  if (unit.header.get("ZTABLE") === true)
    throw new Error("its table is compressed (ZTABLE); decompress it with funpack first");
  const fields = fitsFields(unit.header);
  const columns = new ColumnSet(fields, options.columns);
  const rows = await readRows(source, unit, fields, columns);
  const others = tables.filter((u) => u !== unit).map(unitName);
  const note = `it holds ${tables.length} tables; the others (${others.join(", ")}) were not read`;
  const doubt = await checkDatasum(source, unit);
  return columns.table(path, rows, [
    ...(others.length && wanted === undefined ? [note] : []),
    ...(doubt ? [doubt] : []),
  ]);
}

const isTable = ({ header }: FitsUnit) =>
  /^(BINTABLE|A3DTABLE|TABLE)$/.test(String(header.get("XTENSION"))) && header.get("ZIMAGE") !== true;

const sameName = (name: unknown, wanted: unknown) =>
  typeof name === "string" && typeof wanted === "string" && name.toUpperCase() === wanted.toUpperCase();

async function readRows(
  source: ByteSource,
  { header, axes, offset, bytes }: FitsUnit,
  fields: readonly FitsField[],
  columns: ColumnSet,
): Promise<number> {
  const [rowBytes = 0, rows = 0] = axes;
  if (rowBytes === 0 || rows === 0) return 0;
  if (offset + rowBytes * rows > source.size) {
    const there = Math.max(0, Math.floor((source.size - offset) / rowBytes));
    throw new Error(`it is truncated: ${there} of the ${rows} rows of its table are there`);
  }
  const cell = header.get("XTENSION") === "TABLE" ? textCell : binaryCell;
  const heapAt = offset + Number(header.get("THEAP") ?? rowBytes * rows);
  const kept = [...fields.keys()].filter((f) => columns.has(f));
  const each = Math.max(1, Math.floor(blockBytes / rowBytes));
  for (let first = 0; first < rows; first += each) {
    const block = Buffer.from(
      await source.read(offset + first * rowBytes, Math.min(each, rows - first) * rowBytes),
    );
    for (let at = 0, row = first; at < block.length; at += rowBytes, row++)
      for (const f of kept) {
        const field = fields[f];
        const start = at + field.offset;
        if (field.form[0] === "P" || field.form[0] === "Q")
          columns.set(f, 0, row, await heapText(source, block, start, field, heapAt, offset + bytes));
        else if (field.isText) columns.set(f, 0, row, text(block.subarray(start, start + field.width)));
        else for (let e = 0; e < field.count!; e++) columns.set(f, e, row, cell(block, start, e, field));
      }
  }
  return rows;
}

function binaryCell(block: Buffer, start: number, e: number, field: FitsField): unknown {
  const { form, scale, zero, missing } = field;
  if (form === "L") {
    const letter = block[start + e];
    return letter === 0x54 ? true : letter === 0x46 ? false : null;
  }
  if (form === "E") return zero + scale * block.readFloatBE(start + 4 * e);
  if (form === "D") return zero + scale * block.readDoubleBE(start + 8 * e);
  if (form === "K") {
    const stored = block.readBigInt64BE(start + 8 * e);
    if (missing !== null && Number(stored) === missing) return null;
    return scale === 1 && Number.isInteger(zero) ? stored + BigInt(zero) : zero + scale * Number(stored);
  }
  const stored =
    form === "B"
      ? block[start + e]
      : form === "I"
        ? block.readInt16BE(start + 2 * e)
        : block.readInt32BE(start + 4 * e);
  return stored === missing ? null : zero + scale * stored;
}

/** A number of an ASCII table: blank where it is missing, with an exponent after E or D. */
function textCell(block: Buffer, start: number, _: number, field: FitsField): unknown {
  const word = text(block.subarray(start, start + field.width)).trim();
  if (word === "" || (field.missing !== null && word === String(field.missing).trim())) return null;
  const stored = Number(word.replace(/[dD]/, "e"));
  if (Number.isNaN(stored))
    throw new Error(`its column "${field.name}" has "${word}" where a number belongs`);
  if (/^[+-]?\d+$/.test(word) && !Number.isSafeInteger(stored)) return BigInt(word);
  return field.zero + field.scale * stored;
}

/** Text up to the first NUL, without blanks at its end, which FITS gives no meaning. */
function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const word = end < 0 ? bytes : bytes.subarray(0, end);
  return word.toString(isUtf8(word) ? "utf8" : "latin1").trimEnd();
}

async function heapText(
  source: ByteSource,
  block: Buffer,
  start: number,
  { form, name }: FitsField,
  heapAt: number,
  end: number,
): Promise<string> {
  const [count, at] =
    form[0] === "P"
      ? [block.readInt32BE(start), block.readInt32BE(start + 4)]
      : [Number(block.readBigInt64BE(start)), Number(block.readBigInt64BE(start + 8))];
  if (count === 0) return "";
  if (count < 0 || at < 0 || heapAt + at + count > Math.min(end, source.size))
    throw new Error(`its column "${name}" points beyond the table`);
  return text(Buffer.from(await source.read(heapAt + at, count)));
}
