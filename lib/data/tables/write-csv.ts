import { atomicWrite } from "../../files/atomic-write.js";
import { csvCell, quotedCell } from "./csv-cell.js";
import { isText, type SavedColumn, type SavedTable } from "./saved-table.js";

/** Rows that are put together before they go to the file. */
const BLOCK = 8192;

/**
 * CSV, or for a name that ends in .ecsv the same under the header of astropy's ECSV 1.0. A missing value is an empty
 * cell. Text and names that a spreadsheet would run as a formula are made plain (`csvCell`); in ECSV, which no spreadsheet
 * opens by itself, they stay as they are.
 */
export async function writeCsv(path: string, table: SavedTable): Promise<void> {
  const isEcsv = path.toLowerCase().endsWith(".ecsv");
  // The metadata first: whoever finds the table finds them too.
  if (!isEcsv) await atomicWrite(`${path}-metadata.json`, `${JSON.stringify(metadata(table), null, 1)}\n`);
  const toCell = isEcsv ? ecsvCell : csvCell;
  const cells = table.columns.map(({ values }) => cellsOf(values, toCell));
  const names = table.columns.map(({ name }) => toCell(name));
  await atomicWrite(path, async (file) => {
    await file.writeFile(`${isEcsv ? ecsvHeader(table) : ""}${names.join(",")}\n`);
    for (let from = 0; from < table.length; from += BLOCK) {
      const lines: string[] = [];
      for (let row = from; row < Math.min(from + BLOCK, table.length); row++)
        lines.push(cells.map((cell) => cell(row)).join(","));
      await file.writeFile(`${lines.join("\n")}\n`);
    }
  });
}

/** The cells of a column; a missing value is an empty one. */
export function cellsOf(
  values: SavedColumn["values"],
  toCell: (text: string) => string,
): (row: number) => string {
  if (!isText(values)) return (row) => (Number.isNaN(values[row]) ? "" : String(shortest(values, row)));
  return (row) => {
    const text = values[row];
    return text === null ? "" : toCell(text);
  };
}

/** ECSV tells a text without letters, which has quotes, from one that is missing. */
const ecsvCell = (text: string) => (text === "" ? '""' : quotedCell(text));

/** A single has nine digits; what a double would make of them says nothing more. */
function shortest(values: Float64Array | Float32Array | Int32Array, row: number): number {
  return values instanceof Float32Array ? Number(values[row].toPrecision(9)) : values[row];
}

function metadata({ columns, provenance }: SavedTable) {
  return {
    "@context": "http://www.w3.org/ns/csvw",
    provenance,
    tableSchema: {
      columns: columns.map(({ name, unit, description }) => ({ name, unit, description })),
    },
  };
}

function ecsvHeader({ columns, provenance }: SavedTable): string {
  const datatype = (values: SavedColumn["values"]) =>
    isText(values)
      ? "string"
      : values instanceof Float64Array
        ? "float64"
        : values instanceof Float32Array
          ? "float32"
          : "int32";
  // JSON is YAML.
  const lines = [
    "%ECSV 1.0",
    "---",
    "delimiter: ','",
    "datatype:",
    ...columns.map(
      ({ name, values, unit, description }) =>
        `- ${JSON.stringify({ name, unit, datatype: datatype(values), description })}`,
    ),
    `meta: ${JSON.stringify(provenance)}`,
    "schema: astropy-2.0",
  ];
  return lines.map((line) => `# ${line}\n`).join("");
}
