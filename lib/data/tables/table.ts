import { open } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse";
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** A table as read from CSV or parquet: numeric columns as Float64Array (NaN where missing), the rest as text. */
export interface Table {
  /** Where it came from, for messages. */
  readonly path: string;
  readonly length: number;
  /** Column names in the file's order. */
  readonly names: readonly string[];
  readonly numeric: ReadonlyMap<string, Float64Array>;
  readonly text: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads a table by the look of its bytes: parquet ("PAR1"), CSV or TSV, blank-separated text with `#` comments (the
 * EFIGI catalogue), each possibly gzipped. `path` is a file, or only the name shown in messages when `bytes` are given.
 * `columns` limits a parquet to what is asked for.
 */
export async function readTable(path: string, bytes?: Uint8Array, columns?: string[]): Promise<Table> {
  try {
    let content = bytes;
    if (!content) {
      const head = await firstBytes(path, 4);
      if (head.length === 0) throw new Error("it is empty (0 bytes)");
      if (head.toString("latin1") === "PAR1") {
        const file = await open(path, "r");
        try {
          const { size } = await file.stat();
          const slice = async (start: number, end = size) => {
            const part = new Uint8Array(end - start);
            const { bytesRead } = await file.read(part, 0, part.length, start);
            if (bytesRead < part.length) throw new Error("it ends too early");
            return part.buffer;
          };
          return await readParquet(path, { byteLength: size, slice }, columns);
        } finally {
          await file.close();
        }
      }
      const file = await open(path, "r");
      content = await file.readFile().finally(() => file.close());
    }
    if (content.length === 0) throw new Error("it is empty (0 bytes)");
    if (content[0] === 0x1f && content[1] === 0x8b)
      content = gunzipSync(content, { maxOutputLength: 4 * 1024 ** 3 });
    if (Buffer.from(content.subarray(0, 4)).toString("latin1") === "PAR1") {
      const whole = Uint8Array.from(content).buffer;
      return await readParquet(
        path,
        { byteLength: whole.byteLength, slice: (a, b) => whole.slice(a, b) },
        columns,
      );
    }
    return await readText(path, content);
  } catch (cause) {
    const message = (cause as Error).message.replace(/\.$/, "");
    throw new Error(`The table ${path} cannot be read: ${message}.`, { cause });
  }
}

async function firstBytes(path: string, n: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(n);
    const { bytesRead } = await file.read(head, 0, n, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Column by column, so that a catalogue of 10^5 rows never exists as objects. */
async function readParquet(path: string, file: AsyncBuffer, wanted?: string[]): Promise<Table> {
  const metadata = await parquetMetadataAsync(file).catch((cause) => {
    throw new Error(
      `it is not a whole parquet file (${cause.message}); it is probably truncated, get it again`,
      {
        cause,
      },
    );
  });
  const length = Number(metadata.num_rows);
  const present = parquetSchema(metadata).children.map((c) => c.element.name);
  const names = wanted ? present.filter((n) => wanted.includes(n)) : present;
  const builders = new Map(names.map((name) => [name, new ColumnBuilder(length)]));
  await parquetRead({
    file,
    metadata,
    columns: names,
    compressors,
    onChunk({ columnName, columnData, rowStart }) {
      const builder = builders.get(columnName);
      for (let i = 0; builder && i < columnData.length; i++) builder.setValue(rowStart + i, columnData[i]);
    },
  });
  return tableOf(path, length, builders);
}

async function readText(path: string, content: Uint8Array): Promise<Table> {
  const text = new TextDecoder().decode(content).replace(/^\uFEFF/, "");
  if (text.startsWith("#")) return readCommented(path, text);
  const firstLine = text.slice(0, text.search(/\r?\n|$/));
  const delimiter = firstLine.includes("\t") && !firstLine.includes(",") ? "\t" : ",";
  const rows = parse(text, { delimiter, skip_empty_lines: true, relax_quotes: true });
  let names: string[] | null = null;
  const builders: ColumnBuilder[] = [];
  let length = 0;
  for await (const row of rows as AsyncIterable<string[]>) {
    if (!names) {
      names = row.map((n) => n.trim());
      const twice = names.find((n, i) => names!.indexOf(n) !== i);
      if (twice !== undefined) throw new Error(`its header has "${twice}" twice`);
      builders.push(...names.map(() => new ColumnBuilder()));
    } else {
      for (let c = 0; c < row.length; c++) builders[c].setText(length, row[c]);
      length++;
    }
  }
  if (!names) throw new Error("it has no header line");
  return tableOf(path, length, new Map(names.map((n, i) => [n, builders[i]])));
}

/** Blank-separated rows under `#` lines, the last of which names the columns. */
function readCommented(path: string, text: string): Table {
  const lines = text.split(/\r?\n/).filter((l) => l.trim() !== "");
  const comments = lines.filter((l) => l.startsWith("#"));
  const rows = lines.filter((l) => !l.startsWith("#")).map((l) => l.trim().split(/\s+/));
  const names = comments[comments.length - 1]
    .replace(/^#+\s*/, "")
    .trim()
    .split(/\s+/);
  const uneven = rows.findIndex((r) => r.length !== names.length);
  if (uneven >= 0)
    throw new Error(`row ${uneven + 1} has ${rows[uneven].length} values under ${names.length} column names`);
  const builders = names.map(() => new ColumnBuilder(rows.length));
  for (let i = 0; i < rows.length; i++)
    for (let c = 0; c < names.length; c++) builders[c].setText(i, rows[i][c]);
  return tableOf(path, rows.length, new Map(names.map((n, c) => [n, builders[c]])));
}

function tableOf(path: string, length: number, builders: ReadonlyMap<string, ColumnBuilder>): Table {
  const numeric = new Map<string, Float64Array>();
  const text = new Map<string, readonly string[]>();
  for (const [name, builder] of builders) {
    const column = builder.finish(length);
    if (column instanceof Float64Array) numeric.set(name, column);
    else text.set(name, column);
  }
  return { path, length, names: [...builders.keys()], numeric, text };
}

/** A column that is numeric until a value is not: words, and integers a double would round (18-digit SDSS ids). */
class ColumnBuilder {
  private numbers: Float64Array | null;
  private words: string[] = [];

  constructor(capacity = 1024) {
    this.numbers = new Float64Array(Math.max(1, capacity)).fill(Number.NaN);
  }

  setValue(row: number, value: unknown): void {
    if (value === null || value === undefined) this.setNumber(row, Number.NaN, "");
    else if (typeof value === "number") this.setNumber(row, value, String(value));
    else if (typeof value === "boolean") this.setNumber(row, Number(value), String(value));
    else if (typeof value === "bigint") {
      if (Number.isSafeInteger(Number(value))) this.setNumber(row, Number(value), String(value));
      else this.setWord(row, String(value));
    } else this.setText(row, String(value));
  }

  setText(row: number, value: string): void {
    const word = value.trim();
    if (word === "" || /^(nan|null|none|n\/a)$/i.test(word)) this.setNumber(row, Number.NaN, word);
    else if (/^(true|false)$/i.test(word)) this.setNumber(row, Number(/^t/i.test(word)), word);
    else if (isPlainNumber(word))
      this.setNumber(row, Number(word.replace(/inf(inity)?$/i, "Infinity")), word);
    else this.setWord(row, word);
  }

  finish(length: number): Float64Array | string[] {
    if (!this.numbers) return Array.from({ length }, (_, i) => this.words[i] ?? "");
    const column = new Float64Array(length).fill(Number.NaN);
    column.set(this.numbers.subarray(0, Math.min(length, this.numbers.length)));
    return column;
  }

  private setNumber(row: number, value: number, word: string): void {
    if (!this.numbers) {
      this.words[row] = word;
      return;
    }
    if (row >= this.numbers.length) {
      const grown = new Float64Array(Math.max(row + 1, 2 * this.numbers.length)).fill(Number.NaN);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[row] = value;
  }

  private setWord(row: number, word: string): void {
    if (this.numbers) {
      this.words = Array.from(this.numbers.subarray(0, row), (v) => (Number.isNaN(v) ? "" : String(v)));
      this.numbers = null;
    }
    this.words[row] = word;
  }
}

function isPlainNumber(word: string): boolean {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?inf(inity)?$/i.test(word)) return false;
  // "007" and 19-digit identifiers are names, not quantities.
  return !/^[+-]?0\d/.test(word) && !(/^[+-]?\d+$/.test(word) && !Number.isSafeInteger(Number(word)));
}
