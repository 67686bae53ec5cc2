import { parquetTable } from "./parquet-table.js";
import type { SavedColumn, SavedTable } from "./saved-table.js";
import { writeCsv } from "./write-csv.js";
import { writeFitsTable } from "./write-fits-table.js";

/** What `saveTable` takes beside the columns. */
export interface SaveTableOptions {
  /** What the table was made from: dataset, seed, settings. It travels in the file. */
  provenance?: Readonly<Record<string, string | number | boolean>>;
}

const writers: Readonly<Record<string, (path: string, table: SavedTable) => Promise<void>>> = {
  ".parquet": parquetTable,
  ".csv": writeCsv,
  ".ecsv": writeCsv,
  ".fits": writeFitsTable,
};

/**
 * Saves columns as the table that the name asks for, whole or not at all: `.parquet`, `.fits` (a binary table), `.ecsv`
 * (CSV under a header that astropy and TOPCAT read) or `.csv`. Units, descriptions and provenance travel in the file;
 * plain CSV has no place for them, so they stand beside it, in `NAME.csv-metadata.json`. Read back by `readTable`,
 * astropy, pandas and TOPCAT. Rows are written in blocks: memory does not grow with them, but for the
 * line or so that parquet's end says of each column and 65 536 rows.
 */
export async function saveTable(
  path: string,
  columns: readonly SavedColumn[],
  { provenance = {} }: SaveTableOptions = {},
): Promise<void> {
  const ending = path.slice(path.lastIndexOf(".")).toLowerCase();
  const write = writers[ending];
  if (!write)
    throw new Error(
      `Tables are saved as ${Object.keys(writers).join(", ")}, by the name; ${path} is none of these.`,
    );
  if (!columns.length) throw new Error(`${path} was to be saved without a single column.`);
  const { length } = columns[0].values;
  const names = new Map<string, string>();
  for (const { name, values } of columns) {
    const known = names.get(name.toLowerCase());
    if (!name || known !== undefined)
      throw new Error(
        name ? `Two columns would be called "${known}" and "${name}".` : "A column has no name.",
      );
    names.set(name.toLowerCase(), name);
    if (values.length !== length)
      throw new Error(`Column "${name}" has ${values.length} rows where "${columns[0].name}" has ${length}.`);
  }
  await write(path, { length, columns, provenance });
}
