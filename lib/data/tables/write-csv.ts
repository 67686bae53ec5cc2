import { atomicWrite } from "../../files/atomic-write.js";
import { TextBlock } from "../../files/text-block.js";
import { csvCell, quotedCell } from "./csv-cell.js";
import { isText, type SavedColumn, type SavedTable } from "./saved-table.js";

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
    const block = new TextBlock(file);
    block.put(`${isEcsv ? ecsvHeader(table) : ""}${names.join(",")}\n`);
    for (let row = 0; row < table.length; row++) {
      for (const [k, cell] of cells.entries()) {
        if (k) block.put(",");
        block.put(cell(row));
      }
      block.put("\n");
      if (block.isFull) await block.flush();
    }
    await block.flush();
  });
}

/** The cells of a column; a missing value is an empty one. */
export function cellsOf(
  values: SavedColumn["values"],
  toCell: (text: string) => string,
): (row: number) => string {
  if (!isText(values)) return (row) => (Number.isNaN(values[row]) ? "" : digits(shortest(values, row)));
  return (row) => {
    const text = values[row];
    return text === null ? "" : toCell(text);
  };
}

/** ECSV tells a text without letters, which has quotes, from one that is missing. */
const ecsvCell = (text: string) => (text === "" ? '""' : quotedCell(text));

/**
 * As `String` writes it, which keeps the last thousands of texts it made: in a long table those pile up among what lives
 * long, hundreds of megabytes of them before the collector looks there.
 */
function digits(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : String(value);
}

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
