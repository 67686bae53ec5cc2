import type { ByteSource } from "../../../files/byte-source.js";

export type FitsValue = string | number | boolean;

/** Keyword to value, in the order of the cards; the first card of a keyword counts. */
export type FitsHeader = ReadonlyMap<string, FitsValue>;

/** Whether the beginning of a file, read as Latin-1, is that of FITS (standard 4.0, section 4.4.1.1). */
export const isFits = (start: string): boolean => start.startsWith("SIMPLE  =");

/** FITS files are made of blocks of this many bytes. */
export const fitsBlock = 2880;
const card = 80;
/** Blocks asked for at once: the headers of most surveys fit. */
const readAhead = 8;
/** A header longer than this many blocks has lost its END (the longest seen in surveys are some tens). */
const maxBlocks = 2000;

/**
 * The header that starts at byte `start`, and where it ends (FITS standard 4.0, section 4). Text continued over
 * CONTINUE cards is put together, HIERARCH keywords are known by what follows that word; cards without a value
 * (COMMENT, HISTORY) are left out. Errors are a clause about the file.
 */
export async function readFitsHeader(
  source: ByteSource,
  start: number,
): Promise<{ header: FitsHeader; end: number }> {
  const header = new Map<string, FitsValue>();
  let continued: string | null = null;
  let text = "";
  let textAt = start;
  for (let at = start; at < start + maxBlocks * fitsBlock; at += card) {
    if (at + card > textAt + text.length) {
      textAt = at;
      text = Buffer.from(await source.read(at, readAhead * fitsBlock)).toString("latin1");
      if (text.length < card) throw new Error("it is truncated inside its header");
    }
    const line = text.slice(at - textAt, at - textAt + card);
    const key = line.slice(0, 8).trimEnd();
    if (key === "END") return { header, end: start + Math.ceil((at + card - start) / fitsBlock) * fitsBlock };
    if (key === "CONTINUE" && continued !== null) {
      const before: string = String(header.get(continued));
      const more = parseValue(line.slice(8));
      if (before.endsWith("&") && typeof more === "string") header.set(continued, before.slice(0, -1) + more);
      continue;
    }
    const [name, field] = nameAndField(line, key);
    continued = null;
    if (field === null || header.has(name)) continue;
    const value = parseValue(field);
    if (value === null) continue;
    header.set(name, value);
    if (typeof value === "string") continued = name;
  }
  throw new Error("its header has no END");
}

/** A keyword's whole number, or `otherwise` where it is absent; anything else is refused. */
export function headerInteger(header: FitsHeader, key: string, otherwise?: number): number {
  const value = header.get(key) ?? otherwise;
  if (!Number.isSafeInteger(value))
    throw new Error(
      value === undefined
        ? `its ${key} is missing`
        : `its ${key} is ${value}, which is impossible: a whole number belongs there`,
    );
  return value as number;
}

/** A keyword's number, or `otherwise` where it is absent. */
export function headerNumber(header: FitsHeader, key: string, otherwise: number): number {
  const value = header.get(key) ?? otherwise;
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new Error(`its ${key} is ${value}, where a number belongs`);
  return value;
}

function nameAndField(line: string, key: string): [name: string, field: string | null] {
  if (line.slice(8, 10) === "= ") return [key, line.slice(10)];
  const long = key === "HIERARCH" ? /^HIERARCH\s+([^=]+?)\s*=\s*(.*)$/.exec(line) : null;
  return long ? [long[1], long[2]] : [key, null];
}

/** A card's value: 'text' with doubled quotes, T or F, or a number (D exponents allowed); null for none of these. */
function parseValue(field: string): FitsValue | null {
  const text = /^\s*'((?:[^']|'')*)'/.exec(field);
  if (text) return text[1].replaceAll("''", "'").trimEnd();
  const word = field.split("/")[0].trim();
  if (word === "T" || word === "F") return word === "T";
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([EDed][+-]?\d+)?$/.test(word) ? Number(word.replace(/[Dd]/, "E")) : null;
}
