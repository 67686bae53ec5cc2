import { escapeHtml } from "../escape-html.js";
import { visible } from "../visible.js";
import { notebookHost } from "./host.js";

/** A row by column name. */
export type TableRow = Record<string, unknown>;

/** Any table that gives its rows as objects or as columns and values, such as a danfo.js DataFrame. */
export interface TableLike {
  columns: string[];
  values: unknown;
}

export interface ShowTableOptions {
  /** Columns and their order; by default all, as in the first row. */
  columns?: string[];
  /** Rows shown; the rest is counted. Default 50. */
  maxRows?: number;
  caption?: string;
}

/** A column of numbers may hold a word such as "in words"; one that holds a sentence is read from the left. */
const longestWord = 24;

/** Shows rows as a table: `text/html` in a notebook page, aligned `text/plain` everywhere else. */
export function showTable(table: readonly TableRow[] | TableLike, options: ShowTableOptions = {}): void {
  const rows = Array.isArray(table) ? (table as TableRow[]) : rowsOf(table as TableLike);
  const columns = options.columns ?? [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
  const shown = rows.slice(0, options.maxRows ?? 50);
  const cells = shown.map((row) => columns.map((column) => cellText(row[column])));
  const numeric = columns.map((column, j) => {
    const holdsNumber = shown.some((row) => typeof row[column] === "number");
    return holdsNumber && cells.every((row) => row[j].length <= longestWord);
  });
  const more = rows.length > shown.length ? `${rows.length - shown.length} more rows` : "";
  const text = plainTable(columns, cells, numeric, [options.caption, more]);
  const host = notebookHost();
  if (host)
    host.display({
      "text/html": htmlTable(columns, cells, numeric, options.caption, more),
      "text/plain": text,
    });
  else console.log(visible(text));
}

function rowsOf(table: TableLike): TableRow[] {
  if (!Array.isArray(table?.columns) || !Array.isArray(table?.values)) {
    throw new Error("showTable() needs a list of rows, or a table with columns and values.");
  }
  return (table.values as unknown[][]).map((row) =>
    Object.fromEntries(table.columns.map((name, i) => [name, row[i]])),
  );
}

/** Numbers with at most four significant decimals; integers as they are. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function plainTable(
  columns: string[],
  cells: string[][],
  numeric: boolean[],
  notes: (string | undefined)[],
): string {
  const widths = columns.map((column, j) => Math.max(column.length, ...cells.map((row) => row[j].length)));
  const line = (row: string[]) =>
    row
      .map((text, j) => (numeric[j] ? text.padStart(widths[j]) : text.padEnd(widths[j])))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(columns), rule, ...cells.map(line), ...notes.filter(Boolean)].join("\n");
}

function htmlTable(
  columns: string[],
  cells: string[][],
  numeric: boolean[],
  caption = "",
  more = "",
): string {
  const tag = (name: string, j: number, text: string) =>
    `<${name} style="text-align:${numeric[j] ? "right;white-space:nowrap" : "left"}">${escapeHtml(text)}</${name}>`;
  const row = (name: string, texts: string[]) =>
    `<tr>${texts.map((text, j) => tag(name, j, text)).join("")}</tr>`;
  return [
    "<table>",
    caption ? `<caption>${escapeHtml(caption)}</caption>` : "",
    `<thead>${row("th", columns)}</thead>`,
    `<tbody>${cells.map((texts) => row("td", texts)).join("\n")}</tbody>`,
    "</table>",
    more ? `<p>${escapeHtml(more)}</p>` : "",
  ].join("");
}
