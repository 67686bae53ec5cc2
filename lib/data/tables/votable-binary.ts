import type { ColumnSet } from "./column-set.js";
import { present, type VotableField, valueBytes } from "./votable-fields.js";

/**
 * The rows of a BINARY or BINARY2 stream (VOTable 1.4, sections 5.3 and 5.4): big-endian values in the order of the
 * fields, arrays of no fixed length behind a count; BINARY2 begins each row with a bit for each field that is missing.
 * Returns the number of rows.
 */
export function readVotableBinary(
  bytes: Buffer,
  fields: readonly VotableField[],
  columns: ColumnSet,
  hasFlags: boolean,
): number {
  const flagBytes = hasFlags ? Math.ceil(fields.length / 8) : 0;
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error("its data stream ends within a row");
    at += length;
    return at - length;
  };
  let row = 0;
  for (; at < bytes.length; row++) {
    const flags = take(flagBytes);
    const begin = at - flagBytes;
    for (const [f, field] of fields.entries()) {
      const elements = field.elements ?? bytes.readInt32BE(take(4));
      const length = Math.ceil(elements * valueBytes[field.datatype]);
      if (length < 0) throw new Error("its data stream has a cell of negative length");
      const start = take(length);
      if (!columns.has(f)) continue;
      const isMissing = hasFlags && (bytes[flags + (f >> 3)] & (0x80 >> (f & 7))) !== 0;
      if (isMissing) continue;
      if (field.isText) columns.set(f, 0, row, textAt(bytes, start, length, field));
      else
        for (let e = 0; e < elements; e++) {
          const value =
            field.datatype === "bit"
              ? bitAt(bytes, start, e, elements)
              : valueAt(bytes, start, e, field.datatype);
          columns.set(f, e, row, present(value, field));
        }
    }
    // A row of no bytes would go on for ever.
    if (at === begin) throw new Error("it has data, and fields of no length");
  }
  return row;
}

function textAt(bytes: Buffer, start: number, length: number, { datatype, missing }: VotableField): string {
  const raw = bytes.subarray(start, start + length);
  const text = datatype === "char" ? raw.toString("utf8") : Buffer.from(raw).swap16().toString("utf16le");
  const word = text.replace(/\0.*$/s, "").trim();
  return word === missing ? "" : word;
}

/** Bits from the left of their bytes; a single one is whatever its byte is not zero by: astropy sets the fifth. */
function bitAt(bytes: Buffer, start: number, element: number, of: number): number {
  if (of === 1) return Number(bytes[start] !== 0);
  return (bytes[start + (element >> 3)] >> (7 - (element & 7))) & 1;
}

function valueAt(bytes: Buffer, start: number, element: number, datatype: string): unknown {
  switch (datatype) {
    case "boolean": {
      const letter = String.fromCharCode(bytes[start + element]);
      return /[tT1]/.test(letter) ? true : /[fF0]/.test(letter) ? false : null;
    }
    case "unsignedByte":
      return bytes[start + element];
    case "short":
      return bytes.readInt16BE(start + 2 * element);
    case "int":
      return bytes.readInt32BE(start + 4 * element);
    case "long":
      return bytes.readBigInt64BE(start + 8 * element);
    case "float":
      return bytes.readFloatBE(start + 4 * element);
    default:
      return bytes.readDoubleBE(start + 8 * element);
  }
}
