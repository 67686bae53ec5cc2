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
    const ofBytes: string[] = [];
    for (const { name } of asked.filter((c) => c.isScalar)) {
      const builder = await readColumn(file, name);
      if (builder) builders.set(name, builder);
      else ofBytes.push(name);
    }
    const ofLists = asked.filter((c) => !c.isScalar).map((c) => c.name);
    const leftOut = (what: string, names: readonly string[]) =>
      names.length ? [`columns of ${what} were left out (${shortList(names)})`] : [];
    const notes = [...leftOut("lists", ofLists), ...leftOut("bytes that are no text", ofBytes)];
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
