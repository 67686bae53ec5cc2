import type { SavedTable } from "./saved-table.js";
import { type ParquetColumn, writeParquet } from "./write-parquet.js";

/** Rows of a row group. */
const GROUP = 65_536;

/** A saved table as parquet; units and descriptions stand as JSON in the file's metadata, beside its provenance. */
export async function parquetTable(path: string, { length, columns, provenance }: SavedTable): Promise<void> {
  const about = (key: "unit" | "description") =>
    JSON.stringify(Object.fromEntries(columns.flatMap((c) => (c[key] ? [[c.name, c[key]]] : []))));
  function* groups(): Generator<ParquetColumn[]> {
    for (let from = 0; from < length || from === 0; from += GROUP)
      yield columns.map(({ name, values }): ParquetColumn => {
        const part = values.slice(from, from + GROUP);
        if (part instanceof Float64Array) return { name, type: "DOUBLE", data: part };
        if (part instanceof Float32Array) return { name, type: "FLOAT", data: part };
        if (part instanceof Int32Array) return { name, type: "INT32", data: part };
        return { name, type: "STRING", data: part, isOptional: true };
      });
  }
  await writeParquet(path, groups(), {
    provenance: JSON.stringify(provenance),
    units: about("unit"),
    descriptions: about("description"),
  });
}
