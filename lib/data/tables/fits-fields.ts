import { type FitsHeader, headerInteger, headerNumber } from "../images/fits/header.js";
import type { TypedField } from "./column-set.js";

/** A column of a FITS table (standard 4.0, sections 7.2 and 7.3). */
export interface FitsField extends TypedField {
  /** TFORM's letter: A text, L truth, B I J K integers, E D floats; PA and QA point to text in the heap. */
  form: string;
  /** Byte of a row at which it starts. */
  offset: number;
  /** Bytes of a row that it takes. */
  width: number;
  /** Value = zero + scale x stored. */
  scale: number;
  zero: number;
  /** The stored value that stands for "missing": a number in binary tables, text in ASCII ones. */
  missing: number | string | null;
}

const sizes: Readonly<Record<string, number>> = {
  L: 1,
  X: 1 / 8,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};

/** The columns that the header of a table declares. */
export function fitsFields(header: FitsHeader): FitsField[] {
  const isText = header.get("XTENSION") === "TABLE";
  let offset = 0;
  const count = headerInteger(header, "TFIELDS");
  if (count < 0 || count > 999) throw new Error(`its TFIELDS is ${count}; a table has 0 to 999 columns`);
  const fields = Array.from({ length: count }, (_, i) => {
    const n = i + 1;
    const form = String(header.get(`TFORM${n}`) ?? "").trim();
    const shape = isText ? textForm(form, headerInteger(header, `TBCOL${n}`) - 1) : binaryForm(form, offset);
    if (!shape) throw new Error(`its TFORM${n} is "${form}", which no column of a table has`);
    offset = shape.offset + shape.width;
    const missing = header.get(`TNULL${n}`) ?? null;
    return {
      ...shape,
      name: String(header.get(`TTYPE${n}`) ?? `col${n}`).trim(),
      scale: headerNumber(header, `TSCAL${n}`, 1),
      zero: headerNumber(header, `TZERO${n}`, 0),
      missing: typeof missing === "boolean" ? null : missing,
    };
  });
  const rowBytes = headerInteger(header, "NAXIS1");
  const end = fields.reduce((most, f) => Math.max(most, f.offset + f.width), 0);
  if (end > rowBytes)
    throw new Error(`its columns take ${end} bytes of a row, and its rows have ${rowBytes}`);
  return fields;
}

type Shape = Pick<FitsField, "form" | "offset" | "width" | "isText" | "count">;

function binaryForm(text: string, offset: number): Shape | null {
  const [, digits, letter, heap = ""] = /^(\d*)([LXBIJKAEDCMPQ])([LXBIJKAEDCM]?)/i.exec(text) ?? [];
  if (!letter) return null;
  const form = letter.toUpperCase();
  const repeat = digits ? Number(digits) : 1;
  const width = Math.ceil(repeat * sizes[form]);
  if (form === "A") return { form, offset, width, isText: true, count: repeat === 0 ? 0 : 1 };
  if (form === "P" || form === "Q") {
    const isText = heap.toUpperCase() === "A" && repeat === 1;
    return { form: `${form}${heap}`.toUpperCase(), offset, width, isText, count: isText ? 1 : null };
  }
  // Bits and complex numbers are no columns of numbers.
  const count = /[XCM]/.test(form) ? null : repeat;
  return { form, offset, width, isText: false, count };
}

function textForm(text: string, offset: number): Shape | null {
  const [, letter, digits] = /^([AIFED])(\d+)(\.\d+)?$/i.exec(text) ?? [];
  if (!letter || offset < 0) return null;
  const isText = letter.toUpperCase() === "A";
  return { form: letter.toUpperCase(), offset, width: Number(digits), isText, count: 1 };
}
