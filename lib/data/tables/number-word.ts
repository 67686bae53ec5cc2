/** "1.234,5": no other way to write a number looks so. */
export const thousandsAndFraction = /^[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+$/;
/** The same, also without a fraction. */
export const thousands = /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/;

/**
 * A number with a point before its fraction, exponents of Fortran (1D5) among them. No digit can fall to two parts of
 * it: `\d+\.?\d*` tries every way to divide the digits of a word that is none, and a long one never ends.
 */
export const plainNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)([eEdD][+-]?\d+)?$/;

/**
 * The number a word is, also behind a typographer's minus (U+2212); null where it is none, or a name of digits: "007"
 * and 19-digit identifiers. What has a point is a measurement, also behind zeros: "005.123".
 */
export function pointNumber(text: string): number | null {
  const word = text.replace(/^\u2212/, "-");
  if (!plainNumber.test(word)) {
    const infinite = /^([+-]?)inf(inity)?$/i.exec(word);
    return infinite ? (infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : null;
  }
  if (/^[+-]?0\d/.test(word) && !word.includes(".")) return null;
  const value = Number(/[dD]/.test(word) ? word.replace(/[dD]/, "e") : word);
  return /^[+-]?\d+$/.test(word) && !Number.isSafeInteger(value) ? null : value;
}

/** "1,5" and "1.234,5"; "1.234" where points are known to be thousands, since else it could be either. */
export function commaNumber(word: string, pointThousands: boolean): number | null {
  const grouped = pointThousands ? thousands : thousandsAndFraction;
  if (word.includes(".") && !grouped.test(word)) return null;
  return pointNumber(word.replaceAll(".", "").replace(",", "."));
}
