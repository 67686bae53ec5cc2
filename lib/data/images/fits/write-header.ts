import { type FitsValue, fitsBlock } from "./header.js";

/**
 * One card of a header (FITS standard 4.0, section 4.1): a keyword of up to eight letters, its value, and as much of a
 * comment as there is room for. A value that takes more than a card is refused: cut, it would be another.
 */
export function fitsCard(key: string, value: FitsValue, comment?: string): string {
  if (!/^[A-Z0-9_-]{1,8}$/.test(key)) throw new Error(`"${key}" is no FITS keyword of up to 8 characters.`);
  const field =
    typeof value === "string"
      ? quoted(value)
      : typeof value === "boolean"
        ? (value ? "T" : "F").padStart(20)
        : (Number.isInteger(value) ? String(value) : value.toExponential(15).toUpperCase()).padStart(20);
  const line = `${key.padEnd(8)}= ${field}`;
  if (line.length > 80) throw new Error(`The value of ${key} is too long for a FITS card.`);
  return `${line}${comment === undefined ? "" : ` / ${comment}`}`.slice(0, 80).padEnd(80);
}

/** Whether a card holds a text: 68 letters, of which a quote takes two. */
export const cardHolds = (text: string): boolean => quoted(text).length <= 70;

/** A header of these cards, END behind them, filled up to whole blocks. */
export function headerBytes(cards: readonly string[]): Buffer {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  return Buffer.from(text.padEnd(Math.ceil(text.length / fitsBlock) * fitsBlock), "latin1");
}

const quoted = (text: string) => `'${text.replaceAll("'", "''").padEnd(8)}'`;
