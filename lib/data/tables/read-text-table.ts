import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { shortList } from "../../short-list.js";
import { ColumnBuilder, type ColumnKind } from "./column-builder.js";
import { decodeText, encodingOf, NotThisEncoding } from "./decode-text.js";
import { readEcsvHeader } from "./read-ecsv-header.js";
import type { Table } from "./table.js";
import { tableOf } from "./table-of.js";
import { headOf, type TableSource } from "./table-source.js";
import { betweenBars, cells, type TextDialect, textDialect } from "./text-dialect.js";

/** The beginning of a file that its layout is told from. */
const sampleLength = 1 << 18;

/**
 * CSV, TSV and their relatives (see `textDialect`), ECSV, and rows between blanks. UTF-8 and UTF-16; what is neither is
 * read as Windows-1252, which holds Latin-1, and a note says so. Rows stream: the file is never in memory as a whole.
 */
export async function readTextTable(
  path: string,
  source: TableSource,
  columns?: readonly string[],
): Promise<Table> {
  const encoding = encodingOf(await headOf(source, 512));
  try {
    return await parseText(path, decodeText(source.chunks(), encoding), columns);
  } catch (error) {
    if (!(error instanceof NotThisEncoding) || encoding !== "utf-8") throw error;
    const table = await parseText(path, decodeText(source.chunks(), "windows-1252"), columns);
    const note = "it is not UTF-8 and was read as Latin-1 (Windows-1252); check its accented letters";
    return { ...table, notes: [note, ...(table.notes ?? [])] };
  }
}

async function parseText(
  path: string,
  text: AsyncGenerator<string>,
  wanted?: readonly string[],
): Promise<Table> {
  const { sample, rest } = await takeSample(text);
  const isEcsv = /^#\s*%ECSV/.test(sample);
  const layout = isEcsv ? ecsvLayout(sample) : { ...textDialect(sample), columns: null };
  const { columns } = layout;
  const types = new Map(columns?.map((c) => [c.name, c.type]));
  const kindOf = (name: string): ColumnKind => ({
    isText: types.get(name) === "text",
    decimalComma: layout.decimalComma,
    pointThousands: layout.pointThousands,
  });
  let names = layout.names;
  let builders: (ColumnBuilder | null)[] = [];
  const name = (header: readonly string[]) => {
    names = [...(layout.rowNames ? [""] : []), ...header].map((n) => n.trim());
    while (names.length > 1 && names[names.length - 1] === "") names.pop();
    const seen = new Set<string>();
    const twice = names.find((n) => seen.size === seen.add(n).size);
    if (twice !== undefined) throw new Error(`its header has "${twice}" twice`);
    const arrays = new Set(columns?.filter((c) => c.type === "array").map((c) => c.name));
    builders = names.map((n) =>
      arrays.has(n) || (wanted && !wanted.includes(n)) ? null : new ColumnBuilder(1024, kindOf(n)),
    );
  };
  if (names) name(names);
  let length = 0;
  let skip = layout.skipRows;
  for await (const row of rowsOf(rest(layout.start), layout)) {
    if (!names) name(row);
    else if (skip > 0) skip--;
    else {
      // Many programs end each row with a separator.
      while (row.length > names.length && row[row.length - 1].trim() === "") row.pop();
      if (row.length !== names.length)
        throw new Error(
          `row ${length + 1} has ${row.length} values under ${names.length} column names` +
            (names.length === 1
              ? "; where lines stand above the header, start them with # or delete them"
              : ""),
        );
      for (let c = 0; c < row.length; c++) builders[c]?.setText(length, row[c]);
      length++;
    }
  }
  if (!names) throw new Error("it has no header line");
  const left = columns?.filter((c) => c.type === "array").map((c) => c.name) ?? [];
  const notes = left.length ? [`columns of arrays or of objects were left out (${shortList(left)})`] : [];
  const kept = names.flatMap((n, c): [string, ColumnBuilder][] => (builders[c] ? [[n, builders[c]!]] : []));
  const about = new Map(columns?.map((c) => [c.name, c.about]));
  return { ...tableOf(path, length, new Map(kept), notes), ...(about.size && { about }) };
}

/** The beginning of a text, and a way to have all of it from some character on. */
async function takeSample(text: AsyncGenerator<string>) {
  let sample = "";
  while (sample.length < sampleLength) {
    const next = await text.next();
    if (next.done) break;
    sample += next.value;
  }
  // What ends within a line would look like a shorter row.
  const cut = sample.length < sampleLength ? sample.length : sample.lastIndexOf("\n") + 1 || sample.length;
  async function* rest(from: number): AsyncGenerator<string> {
    yield sample.slice(from);
    yield* text;
  }
  return { sample: sample.slice(0, cut), rest };
}

function ecsvLayout(sample: string) {
  const marked = /^(#[^\n]*\n)+/.exec(sample)?.[0] ?? "";
  const lines = marked.split(/\r?\n/).map((l) => l.replace(/^# ?/, ""));
  const { delimiter, columns } = readEcsvHeader(lines.slice(1));
  return {
    delimiter,
    start: marked.length,
    names: null,
    skipRows: 0,
    hasComments: false,
    barred: false,
    rowNames: false,
    decimalComma: false,
    pointThousands: false,
    columns,
  };
}

/** Rows as lists of cells, header first where it is no comment. */
async function* rowsOf(text: AsyncIterable<string>, dialect: TextDialect): AsyncGenerator<string[]> {
  const { delimiter, barred } = dialect;
  if (delimiter === "" || barred) {
    for await (const line of linesOf(text)) {
      if (line.trim() === "" || (dialect.hasComments && line.startsWith("#"))) continue;
      const inner = barred ? betweenBars(line) : line;
      if (inner !== null) yield cells(inner, delimiter);
    }
    return;
  }
  const parser = parse({
    delimiter,
    skip_empty_lines: true,
    relax_quotes: true,
    relax_column_count: true,
    ...(dialect.hasComments && { comment: "#", comment_no_infix: true }),
  });
  const input = Readable.from(text);
  input.on("error", (error) => parser.destroy(error));
  try {
    for await (const row of input.pipe(parser) as AsyncIterable<string[]>) yield row;
  } finally {
    input.destroy();
    parser.destroy();
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let open = "";
  for await (const part of text) {
    const lines = (open + part).split(/\r\n|\n|\r/);
    open = lines.pop()!;
    for (const line of lines) yield line;
  }
  if (open) yield open;
}
