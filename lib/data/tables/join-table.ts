import type { Skipped } from "../archives/archive.js";
import { imageNamePattern } from "../images/decode-image.js";
import { VoteTable } from "../votes/vote-table.js";
import type { Table } from "./table.js";

export interface JoinedTable {
  votes: VoteTable;
  labels: (string | null)[] | null;
  /** The column the rows were matched on. */
  idColumn: string;
  /** Images without a row, in one listed summary. */
  skipped: Skipped[];
}

/** Columns of class names, best first, looked for when none is asked for. */
const labelColumns = ["label", "derived_label", "class", "class_name", "target", "morphology"];

/**
 * Joins a table to images on id. `idColumn` names the column; without it the column whose values match the most
 * image ids is taken (paths and image extensions are ignored on both sides). Every numeric column becomes a column of
 * the VoteTable, NaN for images without a row; a text column of class names becomes the labels.
 */
export function joinTable(
  table: Table,
  ids: readonly string[],
  options: { idColumn?: string; labelColumn?: string } = {},
): JoinedTable {
  const keys = ids.map(keyOf);
  const wanted = new Set(keys);
  const idColumn = options.idColumn ?? bestIdColumn(table, wanted);
  const values = idColumn === null ? null : columnText(table, idColumn);
  if (idColumn === null || !values) {
    const what =
      options.idColumn === undefined
        ? `no column of ${table.path} matches the image ids (such as "${ids[0]}")`
        : `${table.path} has no column "${options.idColumn}"`;
    throw new Error(`${what}; its columns are ${shortList(table.names)}. Name the right one with idColumn.`);
  }
  const rowOf = new Map<string, number>();
  for (let row = table.length - 1; row >= 0; row--) rowOf.set(keyOf(values(row)), row);
  const rows = keys.map((k) => rowOf.get(k) ?? -1);
  const missing = ids.filter((_, i) => rows[i] < 0);
  if (missing.length === ids.length && ids.length > 0)
    throw new Error(
      `Column "${idColumn}" of ${table.path} (such as "${table.length ? values(0) : ""}") matches no image id (such as "${ids[0]}").`,
    );
  const columns = new Map<string, Float64Array>();
  for (const [name, column] of table.numeric)
    columns.set(
      name,
      Float64Array.from(rows, (r) => (r < 0 ? Number.NaN : column[r])),
    );
  const labelColumn = options.labelColumn ?? labelColumns.find((c) => c !== idColumn && table.text.has(c));
  const words = labelColumn === undefined ? null : columnText(table, labelColumn);
  if (labelColumn !== undefined && !words)
    throw new Error(
      `${table.path} has no column "${labelColumn}"; its columns are ${shortList(table.names)}.`,
    );
  return {
    votes: new VoteTable(ids.length, columns),
    labels: words && rows.map((r) => (r < 0 ? null : words(r) || null)),
    idColumn,
    skipped: missing.length
      ? [{ name: shortList(missing), reason: `${missing.length} images have no row in ${table.path}` }]
      : [],
  };
}

/** The values of a column as text, whatever its type; null when there is no such column. */
export function columnText(table: Table, name: string): ((row: number) => string) | null {
  const words = table.text.get(name);
  if (words) return (row) => words[row];
  const numbers = table.numeric.get(name);
  return numbers ? (row) => String(numbers[row]) : null;
}

function bestIdColumn(table: Table, wanted: ReadonlySet<string>): string | null {
  // A column of small integers matches numbered images by accident: names that say "id" win ties.
  const rank = (name: string) =>
    /^(iauname|id|name|file(name|path)?|asset_id|objid|id_str|image)$/i.test(name) ? 1 : 0;
  let best: { name: string; matches: number } | null = null;
  for (const name of table.names) {
    // Fractions are measurements; reading them as names would take most of the time on a catalogue of hundreds of columns.
    if (table.numeric.get(name)?.some((v) => !Number.isInteger(v) && !Number.isNaN(v))) continue;
    const values = columnText(table, name)!;
    const seen = new Set<string>();
    for (let row = 0; row < table.length; row++) {
      const key = keyOf(values(row));
      if (wanted.has(key)) seen.add(key);
    }
    const better =
      seen.size > 0 &&
      (!best || seen.size > best.matches || (seen.size === best.matches && rank(name) > rank(best.name)));
    if (better) best = { name, matches: seen.size };
  }
  return best?.name ?? null;
}

const keyOf = (value: string) => value.slice(value.lastIndexOf("/") + 1).replace(imageNamePattern, "");

/** At most eight names, and how many more there are. */
export function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
