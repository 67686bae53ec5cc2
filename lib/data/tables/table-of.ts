import type { ColumnBuilder } from "./column-builder.js";
import type { Table } from "./table.js";

/** The table that finished columns make; columns that turned out to be text for a single word are noted. */
export function tableOf(
  path: string,
  length: number,
  builders: ReadonlyMap<string, ColumnBuilder>,
  notes: readonly string[],
): Table {
  const numeric = new Map<string, Float64Array>();
  const text = new Map<string, readonly string[]>();
  const spelling = new Map<string, (row: number) => string>();
  const strays: string[] = [];
  for (const [name, builder] of builders) {
    const column = builder.finish(length);
    if ("words" in column) {
      text.set(name, column.words);
      if (column.note) strays.push(`column "${name}" ${column.note}`);
    } else {
      numeric.set(name, column.numbers);
      if (column.spelling) spelling.set(name, column.spelling);
    }
  }
  return {
    path,
    length,
    names: [...builders.keys()],
    numeric,
    text,
    spelling,
    notes: [...notes, ...strays],
  };
}
