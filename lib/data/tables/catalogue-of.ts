import { Catalogue } from "./catalogue.js";
import { isMissingWord } from "./missing-word.js";
import type { Table } from "./table.js";

/**
 * The rows of a table in the order of images; a row of -1 is an image without one, for which numbers are NaN and text
 * null. Columns of text in `leftOut` are left out, and the one without a name, which pandas and R write their row
 * numbers into.
 */
export function catalogueOf(
  table: Table,
  rows: Int32Array,
  leftOut: readonly (string | undefined)[],
): Catalogue {
  const numbers = new Map<string, Float64Array>();
  for (const [name, column] of table.numeric)
    if (name !== "")
      numbers.set(
        name,
        Float64Array.from(rows, (r) => (r < 0 ? Number.NaN : column[r])),
      );
  const text = new Map<string, (string | null)[]>();
  for (const [name, words] of table.text)
    if (name !== "" && !leftOut.includes(name))
      text.set(
        name,
        Array.from(rows, (r) =>
          r < 0 || (words[r] !== "none" && isMissingWord(words[r])) ? null : words[r],
        ),
      );
  return new Catalogue(rows.length, numbers, text);
}
