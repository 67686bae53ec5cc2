import { isText, type SavedColumn } from "./saved-table.js";

const beyond = /[^ -~]/g;
const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * The columns with all letters beyond printable ASCII as JSON writes them (é as \u00e9), for kinds of table that hold
 * ASCII only; `changed` names the columns that had such letters. Nothing is lost: JSON reads them back.
 */
export function asciiColumns(columns: readonly SavedColumn[]): { columns: SavedColumn[]; changed: string[] } {
  const changed: string[] = [];
  const plain = columns.map((column): SavedColumn => {
    const { name, values } = column;
    if (!isText(values) || !values.some((text) => text !== null && text.search(beyond) >= 0)) return column;
    changed.push(name);
    return { ...column, values: values.map((text) => text?.replace(beyond, escaped) ?? null) };
  });
  return { columns: plain, changed };
}
