import { ColumnBuilder } from "./column-builder.js";
import { openParquet } from "./parquet-file.js";
import type { Table } from "./table.js";
import { tableOf } from "./table-of.js";

/** Reads a parquet table column by column, so that a catalogue of 10^5 rows never exists as objects. */
export async function readParquetTable(
  path: string,
  source: string | Uint8Array,
  wanted?: readonly string[],
): Promise<Table> {
  const file = await openParquet(source);
  try {
    const asked = file.columns.filter((c) => !wanted || wanted.includes(c.name));
    const builders = new Map<string, ColumnBuilder>();
    for (const { name } of asked.filter((c) => c.isScalar)) {
      const builder = new ColumnBuilder();
      for await (const { rowStart, values } of file.read(name))
        for (let i = 0; i < values.length; i++) builder.setValue(rowStart + i, values[i]);
      builders.set(name, builder);
    }
    const left = asked.filter((c) => !c.isScalar).map((c) => c.name);
    const notes = left.length ? [`columns of lists were left out (${left.slice(0, 8).join(", ")})`] : [];
    return tableOf(path, file.rows, builders, notes);
  } finally {
    await file.close();
  }
}
