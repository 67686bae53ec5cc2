import { SaxesParser } from "saxes";
import { ColumnSet } from "./column-set.js";
import { decodeText, encodingOf } from "./decode-text.js";
import type { Table } from "./table.js";
import { headOf, type TableSource } from "./table-source.js";
import { readVotableBinary } from "./votable-binary.js";
import { textValues, type VotableField, votableField } from "./votable-fields.js";
import { VotableFrames } from "./votable-frames.js";

/** How a data stream that is not text is stored. */
type Stream = "BINARY" | "BINARY2";

/**
 * A VOTable (IVOA recommendation 1.4), the XML in which VO services answer: TABLEDATA, BINARY and BINARY2. The first
 * table is read, or that of `unit` (a number from 0, a name or an ID). An answer that is an error of the server is
 * refused with the server's words, one that the server cut short is noted.
 */
export async function readVotable(
  path: string,
  source: TableSource,
  options: { columns?: readonly string[]; unit?: number | string } = {},
): Promise<Table> {
  const head = await headOf(source, 512);
  const declared = /encoding\s*=\s*["']([\w-]+)["']/.exec(Buffer.from(head).toString("latin1"))?.[1];
  const isLatin = declared !== undefined && /^(iso-8859-1|latin-?1|windows-1252)$/i.test(declared);
  const reader = new VotableReader(options);
  for await (const text of decodeText(source.chunks(), isLatin ? "windows-1252" : encodingOf(head)))
    reader.write(text);
  return reader.finish(path);
}

class VotableReader {
  private readonly parser = new SaxesParser({ position: false });
  private readonly notes: string[] = [];
  private readonly others: string[] = [];
  private path: string[] = [];
  private tables = 0;
  /** The table that is wanted is open. */
  private inside = false;
  private fields: VotableField[] = [];
  private columns: ColumnSet | null = null;
  private rows = 0;
  private cell = 0;
  private text: string[] | null = null;
  private sawVotable = false;
  private readonly frames = new VotableFrames();

  constructor(private readonly options: { columns?: readonly string[]; unit?: number | string }) {
    this.parser.on("opentag", ({ name, attributes }) =>
      this.open(local(name), attributes as unknown as Record<string, string>),
    );
    this.parser.on("closetag", ({ name }) => this.close(local(name)));
    this.parser.on("text", (text) => this.text?.push(text));
    this.parser.on("cdata", (text) => this.text?.push(text));
    this.parser.on("error", (error) => {
      throw new Error(`it is not well-formed XML (${error.message})`);
    });
  }

  write(text: string): void {
    this.parser.write(text);
  }

  finish(path: string): Table {
    this.parser.close();
    if (!this.sawVotable) throw new Error("it is XML but no VOTable");
    const { unit } = this.options;
    if (!this.columns)
      throw new Error(
        unit === undefined ? "its VOTable holds no table with data" : `it has no table ${unit} with data`,
      );
    for (const field of this.fields)
      field.about = { ...field.about, frame: this.frames.of(field, this.fields) };
    const more = this.others.length;
    const note = more
      ? [`it holds ${more + 1} tables; the others (${this.others.join(", ")}) were not read`]
      : [];
    return this.columns.table(path, this.rows, [...note, ...this.notes]);
  }

  private open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.path.push(name);
    if (name === "VOTABLE") this.sawVotable = true;
    else if (name === "TABLE") this.openTable(attributes);
    else if (name === "INFO") this.info(attributes);
    else if (name === "COOSYS") this.frames.system(attributes);
    else if (!this.inside) return;
    else if (name === "GROUP") this.frames.group(attributes.ref ?? "");
    else if (name === "FIELDref") this.frames.member(attributes.ref ?? "");
    else if (this.columns && (name === "FIELD" || name === "DATA"))
      throw new Error(`its element ${name} comes after the table's data began`);
    else if (name === "FIELD") this.fields.push(votableField(attributes));
    else if (name === "VALUES" && attributes.null !== undefined && this.path.at(-2) === "FIELD")
      this.fields[this.fields.length - 1].missing = attributes.null;
    else if (name === "DATA") this.columns = new ColumnSet(this.fields, this.options.columns);
    else if (name === "TR") this.cell = 0;
    else if (name === "TD") {
      if (attributes.encoding)
        throw new Error(`it has cells in ${attributes.encoding}, which are not read here`);
      this.text = [];
    } else if (name === "STREAM") {
      const { encoding = "base64" } = attributes;
      if (!attributes.href && encoding !== "base64")
        throw new Error(`its data stream is in ${encoding}, and base64 is read here`);
      if (attributes.href) throw new Error(`its data lie elsewhere (${attributes.href}); get it as one file`);
      this.text = [];
    } else if (name === "FITS" || name === "PARQUET")
      throw new Error(`its data are ${name} within XML; save them as a ${name} file of their own`);
  }

  private close(name: string): void {
    this.path.pop();
    if (name === "TABLE") this.inside = false;
    else if (name === "INFO") this.closeInfo();
    if (!this.inside || !this.columns) return;
    if (name === "TD") this.endCell();
    else if (name === "TR") this.endRow();
    else if (name === "STREAM") this.endStream(this.path.at(-1) as Stream);
  }

  private openTable({ name, ID }: Readonly<Record<string, string>>): void {
    const { unit } = this.options;
    const index = this.tables++;
    const isWanted = unit === undefined ? !this.columns : unit === index || unit === name || unit === ID;
    this.inside = isWanted && !this.columns;
    if (this.inside) this.fields = [];
    else this.others.push(`${index}${(name ?? ID) ? ` ${name ?? ID}` : ""}`);
  }

  /** DALI 1.1: how a service says whether its answer is one. */
  private info({ name, value }: Readonly<Record<string, string>>): void {
    if (name !== "QUERY_STATUS") return;
    if (value === "OVERFLOW")
      this.notes.push("the server cut it short (OVERFLOW): it is not all that was asked for");
    if (value === "ERROR") this.text = [];
  }

  private closeInfo(): void {
    if (!this.text || this.inside) return;
    const words = this.text.join("").trim();
    throw new Error(`it is a server's error, not a table: "${words.slice(0, 200) || "no reason given"}"`);
  }

  private endRow(): void {
    // Which cell it is that lacks is nowhere said: those behind it would be in other columns.
    if (this.cell < this.fields.length)
      throw new Error(
        `row ${this.rows + 1} has ${this.cell} cells where there are ${this.fields.length} fields`,
      );
    this.rows++;
  }

  private endCell(): void {
    const f = this.cell++;
    const field = this.fields[f];
    if (!field) throw new Error(`row ${this.rows + 1} has more cells than the ${this.fields.length} fields`);
    const text = this.taken("TD");
    if (!this.columns!.has(f)) return;
    try {
      for (const [e, value] of textValues(field, text).entries()) this.columns!.set(f, e, this.rows, value);
    } catch (cause) {
      throw new Error(`row ${this.rows + 1}, field "${field.name}": ${(cause as Error).message}`, { cause });
    }
  }

  /** The text of the element that ends, `name`. */
  private taken(name: string): string {
    if (!this.text) throw new Error(`its element ${name} holds others, where text belongs`);
    const text = this.text.join("");
    this.text = null;
    return text;
  }

  private endStream(kind: Stream): void {
    const bytes = Buffer.from(this.taken("STREAM"), "base64");
    this.rows = readVotableBinary(bytes, this.fields, this.columns!, kind === "BINARY2");
  }
}

/** "vot:TABLE" -> "TABLE". */
const local = (name: string) => name.slice(name.indexOf(":") + 1);
