import { SourceMap } from "node:module";
import { inspect } from "node:util";
import type { Diagnostic } from "tslab/dist/converter.js";
import { isInterruption } from "./interrupts.js";

/** The three fields of a Jupyter `error` output. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Frames of what runs the cells, and Node's word for frames of one error that another has too. */
const foreignLine =
  /^\s+(at .*(node_modules\/(tslab|tsx)\/|node:vm|node:internal|environment\/kernel\/)|\.\.\. \d+ lines matching cause stack trace \.\.\.)/;

/**
 * Translates positions of compiled cells back to the lines a person wrote. tslab translates a cell twice
 * (TypeScript -> ES module -> function body), so a position goes through two source maps.
 */
export class CellLines {
  private readonly maps = new Map<string, SourceMap[]>();
  private readonly lastRow = new Map<string, number>();
  private readonly sources = new Map<string, string[]>();
  private typescriptMap: SourceMap | null = null;
  private name = "";

  /** From now on a cell runs: its text, and its number in the notebook. */
  begin(code: string, number: number): void {
    this.name = `cell-${number}.ts`;
    this.sources.set(this.name, code.split("\n"));
  }

  /** Takes the first translation of a cell. */
  onEmit(output: string | undefined): void {
    this.typescriptMap = inlineMap(output ?? "");
  }

  /** Takes the second; returns the name the cell has in stacks. */
  onRun(code: string): string {
    const second = inlineMap(code);
    // tslab wraps a cell in a function and calls it in the line after the cell's last.
    this.lastRow.set(this.name, code.split("\n").length);
    this.maps.set(
      this.name,
      [second, this.typescriptMap].filter((m): m is SourceMap => m !== null),
    );
    return this.name;
  }

  /** What a cell prints: errors that it printed itself have readable stacks. */
  inOutput(text: string): string {
    return /\bcell-\d+\.ts:\d/.test(text) ? this.readable(text) : text;
  }

  /** A text with a stack in it, as it is read: lines of cells as they were written, no frames of the kernel. */
  readable(text: string): string {
    const read: string[] = [];
    let repeated = 0;
    for (const line of this.withExcerpt(text).split("\n")) {
      const translated = foreignLine.test(line) ? null : this.translate(line);
      if (translated?.startsWith("    at ") && translated === read.at(-1)) {
        repeated++; // a function that calls itself
        continue;
      }
      if (repeated) read.push(`    ... ${repeated} times more`);
      repeated = 0;
      if (translated !== null) read.push(translated);
      else if (line.endsWith(" {") && read.length) read.push(`${read.pop()} {`); // an error's properties follow
    }
    if (repeated) read.push(`    ... ${repeated} times more`);
    return read.join("\n");
  }

  /** Above a stack Node puts the compiled line that threw: the one that was written takes its place. */
  private withExcerpt(text: string): string {
    return text.replace(
      /^(cell-(\d+)\.ts):(\d+)\n.*\n( *)\^+ *\n+/,
      (_whole, name: string, number: string, line: string, indent: string) => {
        const row = this.written(name, Number(line) - 1, indent.length);
        const source = row === null ? undefined : this.sources.get(name)?.[row];
        return source === undefined ? "" : `cell ${number}, line ${row! + 1}:\n    ${source.trim()}\n\n`;
      },
    );
  }

  /** `cell-3.ts:12:40` -> `cell 3, line 5`; null for the frame that only calls the cell. */
  private translate(stackLine: string): string | null {
    const call = /^\s+at (?:async )?(cell-\d+\.ts):(\d+):\d+(?: \{)?$/.exec(stackLine);
    if (call && Number(call[2]) === this.lastRow.get(call[1])) return null;
    return stackLine
      .replace("at Proxy.", "at ")
      .replace(/(cell-(\d+)\.ts):(\d+):(\d+)/g, (whole, name, number, line, column) => {
        const row = this.written(name, Number(line) - 1, Number(column) - 1);
        return row === null ? whole : `cell ${number}, line ${row + 1}`;
      });
  }

  /** The row of the cell, from 0, in which a place of its compiled code was written. */
  private written(name: string, row: number, column: number): number | null {
    for (const map of this.maps.get(name) ?? []) {
      const entry = map.findEntry(row, column);
      if (!("originalLine" in entry)) return null;
      row = entry.originalLine;
      column = entry.originalColumn;
    }
    return row - 1; // the converter puts one line ("export {};") before the cell
  }
}

/** An error thrown by a cell, with the frames of the kernel itself left out. */
export function thrownError(error: unknown, lines: CellLines): CellError {
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]";
  if (isError && isInterruption(error)) return interruptedError();
  const e = error as Error;
  const ename = isError ? String(e.name) : "Thrown";
  const evalue = isError ? String(e.message) : inspect(error);
  const text = isError ? inspect(error, { colors: false }) : `${ename}: ${evalue}`;
  return { ename, evalue, traceback: lines.readable(withoutForeignExcerpt(text)).split("\n") };
}

/** Node puts the line that threw above a stack: a person's own is worth it, a package's, Node's or the kernel's is not. */
function withoutForeignExcerpt(text: string): string {
  return text.replace(
    /^(\S.*[\\/](node_modules|environment[\\/]kernel)[\\/].*|node:\S+):\d+\n[\s\S]*?\n\s*\n+(?=\S)/,
    "",
  );
}

/** Interruption by the person at the notebook: no stack would help. */
function interruptedError(): CellError {
  const evalue = "the cell was interrupted; variables of earlier cells are kept";
  return { ename: "Interrupted", evalue, traceback: [`Interrupted: ${evalue}`] };
}

/**
 * What the type checker says of a cell, one line each, with the offending line of the cell beneath. Where the grammar
 * is broken only that is said: what types make of the pieces is noise.
 */
export function typeError(diagnostics: Diagnostic[], code: string): CellError {
  const rows = code.split("\n");
  const isOwn = (d: Diagnostic) => d.fileName !== undefined || d.start.line < rows.length;
  const ofGrammar = diagnostics.filter((d) => d.code >= 1000 && d.code < 2000 && isOwn(d));
  const seen = new Map<string, string | undefined>();
  for (const d of ofGrammar.length ? ofGrammar : diagnostics) {
    const where = `${d.fileName ? `${d.fileName}, ` : ""}line ${d.start.line + 1}`;
    seen.set(`${where}: ${d.messageText}`, d.fileName ? undefined : rows[d.start.line]);
  }
  const traceback = ["TypeScriptError"];
  for (const [text, source] of seen) {
    traceback.push(text);
    if (source !== undefined) traceback.push(`    ${source.trim()}`);
  }
  return { ename: "TypeScriptError", evalue: [...seen.keys()].join("\n"), traceback };
}

function inlineMap(code: string): SourceMap | null {
  const all = [...code.matchAll(/\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)/g)];
  const last = all.at(-1);
  return last ? new SourceMap(JSON.parse(Buffer.from(last[1], "base64").toString("utf8"))) : null;
}
