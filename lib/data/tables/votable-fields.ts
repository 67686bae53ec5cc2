import type { TypedField } from "./column-set.js";

/** A FIELD of a VOTable (IVOA recommendation 1.4, section 4.1). */
export interface VotableField extends TypedField {
  datatype: string;
  id: string;
  /** ID of what it refers to: of its coordinate system, if it has one. */
  ref: string;
  ucd: string;
  /** Values in a cell of the serialisation; null where each cell says its own. */
  elements: number | null;
  /** The value that stands for "missing" (VALUES null), as the file writes it. */
  missing: string | null;
}

/** Bytes of one value in BINARY and BINARY2; bits are packed. */
export const valueBytes: Readonly<Record<string, number>> = {
  boolean: 1,
  bit: 1 / 8,
  unsignedByte: 1,
  short: 2,
  int: 4,
  long: 8,
  char: 1,
  unicodeChar: 2,
  float: 4,
  double: 8,
  floatComplex: 8,
  doubleComplex: 16,
};

/** The field that the attributes of a FIELD element declare. */
export function votableField(attributes: Readonly<Record<string, string>>): VotableField {
  const { datatype, arraysize = "1" } = attributes;
  const name = attributes.name ?? attributes.ID;
  if (name === undefined) throw new Error("a FIELD of it has neither name nor ID");
  if (valueBytes[datatype] === undefined)
    throw new Error(
      `its field "${name}" has the datatype ${datatype ?? "(none)"}, which VOTable does not know`,
    );
  const lengths = arraysize.split("x");
  const isVariable = lengths[lengths.length - 1].includes("*");
  const elements = isVariable ? null : lengths.reduce((product, n) => product * Number(n), 1);
  if (elements !== null && !(Number.isInteger(elements) && elements >= 0))
    throw new Error(`its field "${name}" has the arraysize "${arraysize}"`);
  const isText = datatype === "char" || datatype === "unicodeChar";
  // Strings of strings ("8x3") and complex numbers are no columns.
  const unread = (isText && lengths.length > 1) || datatype.endsWith("Complex");
  return {
    name,
    id: attributes.ID ?? "",
    ref: attributes.ref ?? "",
    ucd: attributes.ucd ?? "",
    about: { unit: attributes.unit },
    datatype,
    isText,
    elements,
    count: unread ? null : isText ? 1 : elements,
    missing: null,
  };
}

/** A cell of TABLEDATA as values: none where the cell is empty. */
export function textValues(field: VotableField, cell: string): unknown[] {
  const { datatype, isText, missing } = field;
  if (isText) return [cell === missing ? "" : cell.trim()];
  const words = cell.split(datatype === "bit" ? /\s*/ : /[\s,]+/).filter((w) => w !== "");
  return words.map((word) => (word === missing ? null : present(textValue(datatype, word), field)));
}

/** A value, or null where it is the one that stands for "missing", however the two are written: -9999 and -9999.0. */
export function present(value: unknown, { missing }: VotableField): unknown {
  if (missing === null) return value;
  if (typeof value === "bigint") return String(value) === missing.trim().replace(/^\+/, "") ? null : value;
  return typeof value === "number" && missing.trim() !== "" && value === Number(missing) ? null : value;
}

function textValue(datatype: string, word: string): unknown {
  if (datatype === "boolean") {
    if (/^(t|true|1)$/i.test(word)) return true;
    if (/^(f|false|0)$/i.test(word)) return false;
    if (word === "?") return null;
  } else if (/^[+-]?(nan|inf(inity)?)$/i.test(word)) {
    return /nan/i.test(word) ? Number.NaN : word[0] === "-" ? -Infinity : Infinity;
  } else if (datatype === "long" && /^[+-]?\d+$/.test(word)) return BigInt(word);
  else if (word !== "" && !Number.isNaN(Number(word))) return Number(word);
  throw new Error(`"${word.slice(0, 40)}" is no value of the type ${datatype}`);
}
