import { atomicWrite } from "../../files/atomic-write.js";
import { fitsBlock } from "../images/fits/header.js";
import { cardHolds, fitsCard, headerBytes } from "../images/fits/write-header.js";
import { asciiText } from "./ascii-text.js";
import { isText, type SavedColumn, type SavedTable } from "./saved-table.js";

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
 * a column with any other is refused by name. A card holds 68 letters: a longer name or unit is refused, a longer
 * description is cut.
 */
export async function writeFitsTable(
  path: string,
  { length, columns, provenance }: SavedTable,
): Promise<void> {
  const fields = columns.map((column) => fieldOf(column));
  const rowBytes = fields.reduce((sum, { bytes }) => sum + bytes, 0);
  const said = Object.entries(provenance).flatMap(([key, value]) => history(`${key}: ${value}`));
  const primary = [
    fitsCard("SIMPLE", true, "a FITS file"),
    fitsCard("BITPIX", 8),
    fitsCard("NAXIS", 0),
    fitsCard("EXTEND", true),
  ];
  const table = [
    fitsCard("XTENSION", "BINTABLE", "a binary table"),
    fitsCard("BITPIX", 8),
    fitsCard("NAXIS", 2),
    fitsCard("NAXIS1", rowBytes, "bytes of a row"),
    fitsCard("NAXIS2", length, "rows"),
    fitsCard("PCOUNT", 0),
    fitsCard("GCOUNT", 1),
    fitsCard("TFIELDS", columns.length),
    ...columns.flatMap(({ name, unit, description }, i) => [
      fitsCard(`TTYPE${i + 1}`, asciiText(name)),
      fitsCard(`TFORM${i + 1}`, fields[i].form),
      ...(unit ? [fitsCard(`TUNIT${i + 1}`, asciiText(unit))] : []),
      ...(description ? [fitsCard(`TCOMM${i + 1}`, fitting(description))] : []),
    ]),
    ...said,
  ];
  await atomicWrite(path, async (file) => {
    await file.writeFile(headerBytes(primary));
    await file.writeFile(headerBytes(table));
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
    const rest = (length * rowBytes) % fitsBlock;
    if (rest) await file.writeFile(new Uint8Array(fitsBlock - rest));
  });
}

function fieldOf({ name, unit = "", values }: SavedColumn): Field {
  for (const [what, text] of Object.entries({ name, unit }))
    if (!cardHolds(asciiText(text)))
      throw new Error(
        `The column ${what} "${text}" is longer than 68 letters, which a FITS table cannot hold.`,
      );
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

/** As many cards as a text needs. */
function history(text: string): string[] {
  return (asciiText(text).match(/.{1,72}/g) ?? []).map((part) => `HISTORY ${part}`);
}

/** The beginning of a text that a card holds. */
function fitting(text: string): string {
  let fits = "";
  for (const letter of text) {
    const longer = fits + asciiText(letter);
    if (!cardHolds(longer)) break;
    fits = longer;
  }
  return fits;
}
