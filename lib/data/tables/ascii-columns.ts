import { asciiText } from "./ascii-text.js";
import { isText, type SavedColumn } from "./saved-table.js";

/**
 * The columns with their text as `asciiText`, for kinds of table that hold ASCII only; `changed` names those that had
 * other letters.
 */
export function asciiColumns(columns: readonly SavedColumn[]): { columns: SavedColumn[]; changed: string[] } {
  const changed: string[] = [];
  const plain = columns.map((column): SavedColumn => {
    const { name, values } = column;
    if (!isText(values) || !values.some((text) => text !== null && asciiText(text) !== text)) return column;
    changed.push(name);
    return { ...column, values: values.map((text) => (text === null ? null : asciiText(text))) };
  });
  return { columns: plain, changed };
}
