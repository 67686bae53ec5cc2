import { shortList } from "../../short-list.js";
import { ColumnBuilder } from "./column-builder.js";
import { openParquet, type ParquetFile } from "./parquet-file.js";
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
    const leftOut = new Map<string, string[]>();
    const leave = (what: string, name: string) => leftOut.set(what, [...(leftOut.get(what) ?? []), name]);
    for (const { name, unread } of asked) {
      const builder = unread === null ? await readColumn(file, name) : null;
      if (builder) builders.set(name, builder);
      else leave(unread ?? "bytes that are no text", name);
    }
    const notes = [...leftOut].map(
      ([what, names]) => `columns of ${what} were left out (${shortList(names)})`,
    );
    return tableOf(path, file.rows, builders, notes);
  } finally {
    await file.close();
  }
}

/** Null for a column of bytes that are no text. */
async function readColumn(file: ParquetFile, name: string): Promise<ColumnBuilder | null> {
  const builder = new ColumnBuilder();
  for await (const { rowStart, values } of file.read(name))
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value instanceof Uint8Array) return null;
      builder.setValue(rowStart + i, value);
    }
  return builder;
}
