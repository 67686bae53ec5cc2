import { stat } from "node:fs/promises";
import { ParquetThread } from "./parquet-thread.js";

/**
 * Values of one column from a row on; null where missing, numbers alone as doubles (NaN where missing). Bytes that no
 * type explains are text, or a Uint8Array where they are none.
 */
export type ParquetValues = Float64Array | readonly unknown[];

/** A column in the file's order; `unread` says in the plural what it holds where it is no scalar ("maps"). */
export interface ParquetColumnKind {
  name: string;
  isScalar: boolean;
  isList: boolean;
  unread: string | null;
}

/** A parquet file opened for reading column by column. */
export interface ParquetFile {
  readonly rows: number;
  readonly columns: readonly ParquetColumnKind[];
  /** The file's own notes, by key. */
  readonly notes: ReadonlyMap<string, string>;
  /** One column, row group by row group. */
  read(column: string): AsyncGenerator<{ rowStart: number; values: ParquetValues }>;
  /** A column of equally long lists of numbers likewise, as rows of `width` f32; NaN where a row has none. */
  readLists(column: string): AsyncGenerator<{ rowStart: number; data: Float32Array; width: number }>;
  close(): Promise<void>;
}

interface Description {
  rows: number;
  columns: ParquetColumnKind[];
  groups: {
    rows: number;
    chunks: { column: string; values: number; packed: number; unpacked: number }[];
  }[];
  notes: [string, string][];
}

/** Milliseconds for a piece of a file to be decoded, before anything is known of it. */
const patience = 2000;
/** The slowest decoder on the busiest machine, in bytes a millisecond. */
const slowest = 1000;

/**
 * Opens a parquet file (a path, or its bytes). The decoder runs in a thread with a bounded heap: a damaged file, which
 * may ask for any memory or keep the decoder busy without end, is refused when it has done nothing for seconds. Row
 * counts are held against each other before anything is read, and nothing is allocated for rows that did not arrive.
 */
export async function openParquet(source: string | Uint8Array): Promise<ParquetFile> {
  const size = typeof source === "string" ? (await stat(source)).size : source.length;
  const bytes = typeof source === "string" ? null : ownBytes(source);
  const thread = await ParquetThread.for(size);
  const patient = patience + size / slowest;
  try {
    const open = { path: bytes ? null : source, bytes, size };
    await thread.answer({ open }, patient, bytes ? [bytes.buffer as ArrayBuffer] : []);
    const description = (await thread.answer({ describe: true }, patient)) as Description;
    checkCounts(description);
    return parquetFile(thread, description);
  } catch (error) {
    await thread.release();
    throw error;
  }
}

function parquetFile(thread: ParquetThread, { rows, columns, groups, notes }: Description): ParquetFile {
  // The thread may read another file by now.
  let isOpen = true;
  async function* parts(column: string, asLists: boolean) {
    let rowStart = 0;
    for (const group of groups) {
      if (group.rows === 0) continue;
      const chunk = group.chunks.find((c) => c.column === column);
      const work = (chunk?.packed ?? 0) + (chunk?.unpacked ?? 0) + 8 * group.rows;
      if (!isOpen) throw new Error("it was closed before it was read");
      const job = { column, asLists, rowStart, rowEnd: rowStart + group.rows };
      yield { rowStart, result: await thread.answer(job, patience + work / slowest) };
      rowStart += group.rows;
    }
  }
  return {
    rows,
    columns,
    notes: new Map(notes),
    async *read(column) {
      for await (const { rowStart, result } of parts(column, false))
        yield { rowStart, values: result as ParquetValues };
    },
    async *readLists(column) {
      for await (const { rowStart, result } of parts(column, true))
        yield { rowStart, ...(result as { data: Float32Array; width: number }) };
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await thread.release();
    },
  };
}

/** The rows that a file promises must be in its row groups, and there in every column. */
function checkCounts({ rows, columns, groups }: Description): void {
  const sum = groups.reduce((total, g) => total + g.rows, 0);
  if (!Number.isSafeInteger(rows) || rows < 0 || sum !== rows || groups.some((g) => g.rows < 0))
    throw new Error(`it promises ${rows} rows and its row groups have ${sum}: it is damaged`);
  for (const [g, group] of groups.entries())
    for (const { name } of columns.filter((c) => c.isScalar)) {
      const chunk = group.chunks.find((c) => c.column === name);
      if (chunk?.values !== group.rows)
        throw new Error(
          `row group ${g} has ${group.rows} rows and ${chunk?.values ?? 0} values of "${name}": it is damaged`,
        );
    }
}

/** A copy that can be handed to the thread. */
const ownBytes = (bytes: Uint8Array) => new Uint8Array(bytes);
