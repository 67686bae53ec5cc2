import { isMissingWord } from "./missing-word.js";
import { columnNamed, columnText, type Table } from "./table.js";

/** Columns of class names, best first, looked for in any case when none is asked for. */
const labelColumns = ["label", "derived_label", "class", "class_name", "target", "morphology"];

/**
 * The class of each row: of the column asked for, else of the first that is called as columns of classes are. Words
 * stay as they are, whole numbers are written without a point (0.0 is "0": pandas writes so where a value is missing),
 * and what is missing is null. A column found by its name holds classes if it has words, or whole numbers that come
 * again; null when there is none.
 */
export function classLabels(
  table: Table,
  asked: string | undefined,
  idColumn: string,
): { column: string; classOf: (row: number) => string | null } | null {
  const column =
    asked === undefined
      ? labelColumns.flatMap((c) => columnNamed(table, c) ?? []).find((c) => isClasses(table, c, idColumn))
      : columnNamed(table, asked);
  if (column === undefined || column === null) return null;
  const words = columnText(table, column)!;
  const numbers = table.numeric.get(column);
  const classOf = (row: number) => {
    const word = words(row);
    // "none" is an answer among words (no bar), "None" is how Python says nothing.
    if (word !== "none" && isMissingWord(word)) return null;
    const number = numbers?.[row];
    return Number.isInteger(number) && /^[\d.,+-]/.test(word) ? String(number) : word;
  };
  return { column, classOf };
}

function isClasses(table: Table, column: string, idColumn: string): boolean {
  if (column === idColumn) return false;
  const numbers = table.numeric.get(column);
  if (!numbers) return table.text.get(column)!.some((w) => !isMissingWord(w));
  const seen = new Set<number>();
  let count = 0;
  for (const v of numbers) {
    if (Number.isNaN(v)) continue;
    if (!Number.isInteger(v)) return false;
    seen.add(v);
    if (seen.size > 100) return false;
    count++;
  }
  return count > 0 && (seen.size < count || count <= 10);
}
