import { shortList } from "../../short-list.js";
import type { Skipped } from "../archives/archive.js";
import type { Catalogue } from "./catalogue.js";
import { catalogueOf } from "./catalogue-of.js";
import { classLabels } from "./class-labels.js";
import { ImageNames, type NamedImage, type RowMatch } from "./image-names.js";
import { columnNamed, columnText, type Table } from "./table.js";

export interface JoinedTable {
  catalogue: Catalogue;
  labels: (string | null)[] | null;
  /** The column the rows were matched on. */
  idColumn: string;
  /** What did not fit together, each kind in one listed summary, and what is to be known of how the table was read. */
  skipped: Skipped[];
}

export interface JoinOptions {
  idColumn?: string;
  labelColumn?: string;
  /** Only the first so many images are asked about; rows of the others are no surprise. */
  limit?: number;
}

/**
 * Joins a table to images by the names it has for them (see `ImageNames.match`). `idColumn` names the column; without
 * it the one that names the most images is taken. Every column becomes a column of the catalogue, NaN or null for
 * images without a row; a column of classes becomes the labels (see `classLabels`). Images without a row, rows without
 * an image, rows that come twice and names that fit several images are counted in `skipped`.
 */
export function joinTable(
  table: Table,
  images: readonly NamedImage[],
  options: JoinOptions = {},
): JoinedTable {
  const { idColumn, match, skipped } = matchTable(table, images, options);
  const rows = match.rows.subarray(0, options.limit);
  if (idColumn !== "" && table.names.includes(""))
    skipped.push({ name: table.path, reason: "its column without a name was left out" });
  return { ...columnsOfRows(table, rows, idColumn, options.labelColumn), idColumn, skipped };
}

/** The second half of `joinTable`: what the table says of images whose rows are known, -1 for none. */
export function columnsOfRows(
  table: Table,
  rows: Int32Array,
  idColumn: string,
  labelColumn?: string,
): Pick<JoinedTable, "catalogue" | "labels"> {
  const labels = classLabels(table, labelColumn, idColumn);
  if (labelColumn !== undefined && !labels)
    throw new Error(
      `${table.path} has no column "${labelColumn}"; its columns are ${shortList(table.names)}.`,
    );
  return {
    catalogue: catalogueOf(table, rows, [idColumn, labels?.column]),
    labels: labels && Array.from(rows, (r) => (r < 0 ? null : labels.classOf(r))),
  };
}

/** The first half of `joinTable`: which row is meant by which image, and what fits nothing. */
export function matchTable(
  table: Table,
  images: readonly NamedImage[],
  options: Pick<JoinOptions, "idColumn" | "limit"> = {},
): { idColumn: string; match: RowMatch; skipped: Skipped[] } {
  const asked = options.idColumn === undefined ? undefined : columnNamed(table, options.idColumn);
  if (table.length === 0) throw new Error(`${table.path} has the names of its columns and no row`);
  let names = new ImageNames(images);
  let idColumn = asked === undefined ? bestIdColumn(table, names) : asked;
  const isLost = () =>
    idColumn === null ||
    (asked !== undefined && matchColumn(table, idColumn, names).rows.every((r) => r < 0));
  // Where nothing fits, "0001.png" may be a 1 that a program has read as a number.
  let notes: Skipped[] = [];
  if (asked !== null && isLost()) {
    const counted = ImageNames.byNumber(images);
    const found = counted && (asked ?? bestIdColumn(table, counted));
    if (counted && found) {
      [names, idColumn] = [counted, found];
      const reason = `images and rows of ${table.path} were matched without their leading zeros`;
      notes = [{ name: idColumn, reason }];
    }
  }
  if (idColumn === null) {
    const what =
      options.idColumn === undefined
        ? `no column of ${table.path} matches the image ids (such as "${images[0]?.id}")`
        : `${table.path} has no column "${options.idColumn}"`;
    throw new Error(`${what}; its columns are ${shortList(table.names)}. Name the right one with idColumn.`);
  }
  const match = matchColumn(table, idColumn, names);
  const value = columnText(table, idColumn)!;
  if (images.length > 0 && match.rows.every((r) => r < 0) && match.ambiguous.length === 0)
    throw new Error(
      `Column "${idColumn}" of ${table.path} (such as "${table.length ? value(0) : ""}") matches no image id (such as "${images[0].id}").`,
    );
  const first = names.named(idColumn)?.[0];
  if (asked === undefined && first !== undefined && match.rows[first] < 0)
    throw new Error(
      `the first line of ${table.path} names an image ("${idColumn}"), so it seems to have no header; write the ` +
        "names of its columns above it",
    );
  const rows = match.rows.subarray(0, options.limit);
  return { idColumn, match, skipped: [...reports(table, match, rows, images, value), ...notes] };
}

function matchColumn(table: Table, column: string, names: ImageNames): RowMatch {
  return names.match(table.length, columnText(table, column)!, wholeNumbers(table, column));
}

/** The other spelling of a whole number: pandas writes 1 as 1.0 where a value of the column is missing. */
function wholeNumbers(table: Table, column: string): ((row: number) => string | null) | undefined {
  const numbers = table.numeric.get(column);
  return numbers && ((row) => (Number.isInteger(numbers[row]) ? String(numbers[row]) : null));
}

/** The column that names the most images; one that is called as columns of names are counts double. */
function bestIdColumn(table: Table, names: ImageNames): string | null {
  // A column of small integers matches numbered images by accident.
  const isName = (name: string) =>
    /^(iauname|id|name|file_?(name|path|loc)?|path|asset_id|objid|id_str|image(_?(name|id|path|file))?)$/i.test(
      name,
    );
  const isFraction = (name: string) =>
    table.numeric.get(name)?.some((v) => !Number.isInteger(v) && !Number.isNaN(v)) ?? false;
  const count = (column: string) => {
    const value = columnText(table, column)!;
    const whole = wholeNumbers(table, column);
    // Images of one name are one list, which counts once, however many rows have that name.
    const seen = new Set<readonly number[]>();
    for (let row = 0; row < table.length; row++) {
      const found = names.named(value(row), whole?.(row));
      if (found) seen.add(found);
    }
    return new Set([...seen].flat()).size;
  };
  // Fractions are measurements unless nothing else fits; reading them all as names takes long on wide catalogues.
  const [likely, unlikely] = [table.names.filter((n) => isName(n) || !isFraction(n)), table.names];
  for (const columns of [likely, unlikely]) {
    let best: { column: string; score: number; matched: number } | null = null;
    for (const column of columns) {
      const score = count(column) * (isName(column) ? 2 : 1);
      if (score === 0 || score < (best?.score ?? 0)) continue;
      const matched = matchColumn(table, column, names).rows.filter((r) => r >= 0).length;
      if (!best || score > best.score || matched > best.matched) best = { column, score, matched };
    }
    if (best) return best.column;
  }
  return null;
}

function reports(
  table: Table,
  match: RowMatch,
  rows: Int32Array,
  images: readonly NamedImage[],
  value: (row: number) => string,
): Skipped[] {
  const found: Skipped[] = [];
  const report = (names: readonly string[], reason: string) => {
    const count = names.length;
    if (count) found.push({ name: shortList(names), reason: `${count} ${reason}`, count });
  };
  const missing = Array.from(rows.keys()).filter((i) => rows[i] < 0);
  report(
    missing.map((i) => images[i].id),
    `images have no row in ${table.path}`,
  );
  report(match.withoutImage.map(value), `rows of ${table.path} have no image`);
  report(
    [...new Set(match.repeated)].map(value),
    `rows of ${table.path} name an image that an earlier row names; the first counts`,
  );
  report(
    [...new Set(match.ambiguous)].map(value),
    `rows of ${table.path} were not joined: their name fits several images, or several rows fit one; write the folder before it`,
  );
  for (const reason of table.notes ?? []) found.push({ name: table.path, reason });
  return found;
}
