import { atomicWrite } from "../../files/atomic-write.js";
import { isText, type SavedColumn, type SavedTable } from "./saved-table.js";

const RECORD = 2880;
/** Rows that are put together before they go to the file. */
const BLOCK = 8192;

interface Field {
  form: string;
  bytes: number;
  put(view: DataView, at: number, row: number): void;
}

/**
 * A FITS file with one binary table (standard 4.0, section 7.3): doubles as D, singles as E, integers as J, text as A
 * of the longest's length; units as TUNIT, descriptions as TCOMM, provenance as HISTORY. FITS knows ASCII text only:
 * a column with any other is refused by name.
 */
export async function writeFitsTable(
  path: string,
  { length, columns, provenance }: SavedTable,
): Promise<void> {
  const fields = columns.map((column) => fieldOf(column));
  const rowBytes = fields.reduce((sum, { bytes }) => sum + bytes, 0);
  const said = Object.entries(provenance).flatMap(([key, value]) => history(`${key}: ${value}`));
  const primary = [
    card("SIMPLE", true, "a FITS file"),
    card("BITPIX", 8),
    card("NAXIS", 0),
    card("EXTEND", true),
  ];
  const table = [
    card("XTENSION", "BINTABLE", "a binary table"),
    card("BITPIX", 8),
    card("NAXIS", 2),
    card("NAXIS1", rowBytes, "bytes of a row"),
    card("NAXIS2", length, "rows"),
    card("PCOUNT", 0),
    card("GCOUNT", 1),
    card("TFIELDS", columns.length),
    ...columns.flatMap(({ name, unit, description }, i) => [
      card(`TTYPE${i + 1}`, name),
      card(`TFORM${i + 1}`, fields[i].form),
      ...(unit ? [card(`TUNIT${i + 1}`, unit)] : []),
      ...(description ? [card(`TCOMM${i + 1}`, description.slice(0, 60))] : []),
    ]),
    ...said,
  ];
  await atomicWrite(path, async (file) => {
    await file.writeFile(header(primary));
    await file.writeFile(header(table));
    const bytes = new Uint8Array(Math.min(BLOCK, length) * rowBytes);
    const view = new DataView(bytes.buffer);
    for (let from = 0; from < length; from += BLOCK) {
      const rows = Math.min(BLOCK, length - from);
      bytes.fill(0); // texts shorter than their field end in zeros
      let offset = 0;
      for (const { put, bytes: width } of fields) {
        for (let i = 0; i < rows; i++) put(view, i * rowBytes + offset, from + i);
        offset += width;
      }
      await file.writeFile(bytes.subarray(0, rows * rowBytes));
    }
    const rest = (length * rowBytes) % RECORD;
    if (rest) await file.writeFile(new Uint8Array(RECORD - rest));
  });
}

function fieldOf({ name, values }: SavedColumn): Field {
  if (ascii(name).length > 68)
    throw new Error(`The column name "${name}" is longer than 68 letters, which a FITS table cannot hold.`);
  if (values instanceof Float64Array)
    return { form: "D", bytes: 8, put: (view, at, row) => view.setFloat64(at, values[row]) };
  if (values instanceof Float32Array)
    return { form: "E", bytes: 4, put: (view, at, row) => view.setFloat32(at, values[row]) };
  if (values instanceof Int32Array)
    return { form: "J", bytes: 4, put: (view, at, row) => view.setInt32(at, values[row]) };
  if (!isText(values)) throw new Error(`Column "${name}" is neither numbers nor text.`);
  let longest = 1;
  for (const text of values) {
    if (text === null) continue;
    if (/[^\x20-\x7e]/.test(text))
      throw new Error(
        `Column "${name}" has the text ${JSON.stringify(text)}; FITS tables hold ASCII only: save as .parquet or .ecsv.`,
      );
    longest = Math.max(longest, text.length);
  }
  return {
    form: `${longest}A`,
    bytes: longest,
    put(view, at, row) {
      const text = values[row] ?? "";
      for (let k = 0; k < text.length; k++) view.setUint8(at + k, text.charCodeAt(k));
    },
  };
}

function card(key: string, value: string | number | boolean, comment?: string): string {
  const shown =
    typeof value === "string"
      ? `'${ascii(value).replaceAll("'", "''").padEnd(8)}'`
      : (typeof value === "boolean" ? (value ? "T" : "F") : String(value)).padStart(20);
  return `${key.padEnd(8)}= ${shown}${comment ? ` / ${comment}` : ""}`.slice(0, 80);
}

/** As many cards as a text needs. */
function history(text: string): string[] {
  return (ascii(text).match(/.{1,72}/g) ?? []).map((part) => `HISTORY ${part}`);
}

/** Other letters as JSON writes them, \u00e9: nothing is lost. */
function ascii(text: string): string {
  return text.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function header(cards: readonly string[]): Buffer {
  const text = [...cards, "END"].map((c) => c.padEnd(80)).join("");
  return Buffer.from(text.padEnd(Math.ceil(text.length / RECORD) * RECORD), "ascii");
}
