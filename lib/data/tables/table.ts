import type { SkyFrame } from "../sky-frame.js";

/** What a typed file says of a column that holds positions: its unit, and the frame it is measured in. */
export interface AboutColumn {
  unit?: string;
  frame?: SkyFrame | null;
}

/**
 * A table by columns: numbers as Float64Array (NaN where missing), the rest as text. What a double would change is
 * text too: integers beyond 2^53 (SDSS and Gaia ids) and whole numbers behind a leading zero.
 */
export interface Table {
  /** Where it came from, for messages. */
  readonly path: string;
  readonly length: number;
  /** Column names in the file's order. */
  readonly names: readonly string[];
  readonly numeric: ReadonlyMap<string, Float64Array>;
  readonly text: ReadonlyMap<string, readonly string[]>;
  /** How a numeric column of a text file spells its values ("12.10", "1e5", "NA"): what a name of digits needs. */
  readonly spelling?: ReadonlyMap<string, (row: number) => string>;
  /** By column, where the file has units and frames. */
  readonly about?: ReadonlyMap<string, AboutColumn>;
  /** What a person should know about how it was read, each a clause: an encoding, columns left out, another table. */
  readonly notes?: readonly string[];
}

/** The values of a column as text, as the file spells them, whatever its type; null when there is no such column. */
export function columnText(table: Table, name: string): ((row: number) => string) | null {
  const words = table.text.get(name);
  if (words) return (row) => words[row];
  const numbers = table.numeric.get(name);
  if (!numbers) return null;
  return table.spelling?.get(name) ?? ((row) => (Number.isNaN(numbers[row]) ? "" : String(numbers[row])));
}

/** The column called `name`: exactly, else the only one that differs in case alone; null when there is none. */
export function columnNamed(table: Table, name: string): string | null {
  if (table.names.includes(name)) return name;
  const alike = table.names.filter((n) => n.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? alike[0] : null;
}
