import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { atomicWrite } from "../../files/atomic-write.js";

/** A column of a table as parquet has them. */
export interface ParquetColumn {
  name: string;
  type: "STRING" | "DOUBLE" | "FLOAT" | "INT32";
  /** Text may be null, where `isOptional` says so. */
  data: readonly (string | null)[] | Float64Array | Float32Array | Int32Array;
  /** Values may be missing; the same in every group of rows. */
  isOptional?: boolean;
}

/**
 * Writes a parquet file from groups of rows as they come, each a row group: never more than one is in memory. All
 * groups have the same columns; a missing text is null, a missing number NaN, which is a value. `metadata` goes into the file's own.
 */
export async function writeParquet(
  path: string,
  groups: Iterable<readonly ParquetColumn[]> | AsyncIterable<readonly ParquetColumn[]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await atomicWrite(path, async (file) => {
    const bytes = new ByteWriter();
    let writer: ParquetWriter | null = null;
    let names = "";
    const flush = async () => {
      await file.writeFile(new Uint8Array(bytes.buffer, 0, bytes.index));
      bytes.index = 0; // its offset goes on: places are counted from the start of the file
    };
    for await (const columns of groups) {
      const theirs = columns.map((c) => `${c.name} ${c.type}${c.isOptional ? "?" : ""}`).join(", ");
      if (writer && theirs !== names)
        throw new Error(`${path} has the columns ${names}; a group of rows has ${theirs}.`);
      names = theirs;
      writer ??= new ParquetWriter({
        writer: bytes,
        schema: schemaOf(columns),
        kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
        createdBy: "latent-sky",
      });
      if (columns[0].data.length === 0) continue;
      await writer.write({
        columnData: columns.map(({ name, data }) => ({ name, data: data as never })),
        rowGroupSize: columns[0].data.length,
      });
      await flush();
    }
    if (!writer) throw new Error(`${path} was to be written without a single column.`);
    await writer.finish();
    await flush();
  });
}

function schemaOf(
  columns: readonly ParquetColumn[],
): ConstructorParameters<typeof ParquetWriter>[0]["schema"] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type, isOptional }) => {
      const repetition_type = isOptional ? ("OPTIONAL" as const) : ("REQUIRED" as const);
      return type === "STRING"
        ? { name, type: "BYTE_ARRAY" as const, converted_type: "UTF8" as const, repetition_type }
        : { name, type, repetition_type };
    }),
  ];
}
