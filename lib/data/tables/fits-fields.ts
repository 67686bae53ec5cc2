import { binaryForm } from "../images/fits/binary-form.js";
import { type FitsHeader, headerInteger, headerNumber } from "../images/fits/header.js";
import { frameOfKeywords } from "../sky-frame.js";
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

/** The columns that the header of a table declares. */
export function fitsFields(header: FitsHeader): FitsField[] {
  const isText = header.get("XTENSION") === "TABLE";
  let offset = 0;
  const count = headerInteger(header, "TFIELDS");
  if (count < 0 || count > 999) throw new Error(`its TFIELDS is ${count}; a table has 0 to 999 columns`);
  const frame = frameOfKeywords(header);
  const fields = Array.from({ length: count }, (_, i) => {
    const n = i + 1;
    const form = String(header.get(`TFORM${n}`) ?? "").trim();
    const shape = isText
      ? textShape(form, headerInteger(header, `TBCOL${n}`) - 1)
      : binaryShape(form, offset, String(header.get(`TDIM${n}`) ?? ""));
    if (!shape) throw new Error(`its TFORM${n} is "${form}", which no column of a table has`);
    offset = shape.offset + shape.width;
    const missing = header.get(`TNULL${n}`) ?? null;
    return {
      ...shape,
      name: String(header.get(`TTYPE${n}`) ?? `col${n}`).trim(),
      scale: headerNumber(header, `TSCAL${n}`, 1),
      zero: headerNumber(header, `TZERO${n}`, 0),
      about: { unit: String(header.get(`TUNIT${n}`) ?? "").trim(), frame },
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

/** `dim`, a TDIM such as "(8,3)", makes three words of the 24 letters of a cell: an array, and no column of text. */
function binaryShape(text: string, offset: number, dim: string): Shape | null {
  const parsed = binaryForm(text);
  if (!parsed) return null;
  const { letter: form, element, repeat, width } = parsed;
  if (form === "A") {
    const [, ...words] = dim.match(/\d+/g) ?? [];
    const isArray = words.some((n) => Number(n) !== 1);
    return { form, offset, width, isText: true, count: repeat === 0 ? 0 : isArray ? null : 1 };
  }
  if (form === "P" || form === "Q") {
    const isText = element === "A" && repeat === 1;
    return { form: form + element, offset, width, isText, count: isText ? 1 : null };
  }
  // Bits and complex numbers are no columns of numbers.
  const count = /[XCM]/.test(form) ? null : repeat;
  return { form, offset, width, isText: false, count };
}

function textShape(text: string, offset: number): Shape | null {
  const [, letter, digits] = /^([AIFED])(\d+)(\.\d+)?$/i.exec(text) ?? [];
  if (!letter || offset < 0) return null;
  const isText = letter.toUpperCase() === "A";
  return { form: letter.toUpperCase(), offset, width: Number(digits), isText, count: 1 };
}
