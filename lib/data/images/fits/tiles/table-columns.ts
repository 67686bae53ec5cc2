import { binaryForm, elementBytes } from "../binary-form.js";
import { type FitsHeader, headerInteger } from "../header.js";

/** A column of a binary table, as far as the rows of tile-compressed images use it. */
export interface TableColumn {
  /** Byte of a row at which it starts. */
  offset: number;
  /** TFORM's letter: P and Q point into the heap, the others hold a value. */
  form: string;
  /** The letter of what P and Q point to. */
  element: string;
}

/** The columns of a binary table by TTYPE (FITS standard 4.0, section 7.3). */
export function tableColumns(header: FitsHeader): Map<string, TableColumn> {
  const columns = new Map<string, TableColumn>();
  let offset = 0;
  for (let i = 1; i <= headerInteger(header, "TFIELDS", 0); i++) {
    const tform = String(header.get(`TFORM${i}`) ?? "");
    const form = binaryForm(tform);
    if (!form) throw new Error(`its TFORM${i} is "${tform}", which no table column has`);
    const { letter, element, width } = form;
    columns.set(String(header.get(`TTYPE${i}`) ?? i).toUpperCase(), { offset, form: letter, element });
    offset += width;
  }
  if (offset > headerInteger(header, "NAXIS1"))
    throw new Error(`its table's columns take ${offset} bytes, its rows ${header.get("NAXIS1")}`);
  return columns;
}

/** The number a row holds in a column. */
export function cellNumber(row: Uint8Array, { offset, form }: TableColumn): number {
  const view = new DataView(row.buffer, row.byteOffset + offset, elementBytes[form]);
  if (form === "D") return view.getFloat64(0);
  if (form === "E") return view.getFloat32(0);
  if (form === "J") return view.getInt32(0);
  if (form === "I") return view.getInt16(0);
  if (form === "B") return view.getUint8(0);
  if (form === "K") return Number(view.getBigInt64(0));
  throw new Error(`a column of its table is of form ${form}, where a number belongs`);
}

/** What a row's descriptor points to: how many elements, and from which byte of the heap on. */
export function cellPointer(row: Uint8Array, { offset, form }: TableColumn): { count: number; at: number } {
  const view = new DataView(row.buffer, row.byteOffset + offset, 2 * (form === "Q" ? 8 : 4));
  const [count, at] =
    form === "Q"
      ? [Number(view.getBigInt64(0)), Number(view.getBigInt64(8))]
      : [view.getInt32(0), view.getInt32(4)];
  if ((form !== "P" && form !== "Q") || count < 0 || at < 0)
    throw new Error("its table points to a tile that cannot be");
  return { count, at };
}
