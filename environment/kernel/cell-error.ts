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

/**
 * Translates positions of compiled cells back to the lines a person wrote. tslab translates a cell twice
 * (TypeScript -> ES module -> function body), so a position goes through two source maps.
 */
export class CellLines {
  private readonly maps = new Map<string, SourceMap[]>();
  private readonly lastRow = new Map<string, number>();
  private typescriptMap: SourceMap | null = null;
  private count = 0;

  /** Takes the first translation of a cell. */
  onEmit(output: string | undefined): void {
    this.typescriptMap = inlineMap(output ?? "");
  }

  /** Takes the second; returns the name the cell has in stacks. */
  onRun(code: string): string {
    const name = `cell-${++this.count}.ts`;
    const second = inlineMap(code);
    // tslab wraps a cell in a function and calls it in the line after the cell's last.
    this.lastRow.set(name, code.split("\n").length);
    this.maps.set(
      name,
      [second, this.typescriptMap].filter((m): m is SourceMap => m !== null),
    );
    return name;
  }

  /** `cell-3.ts:12:40` -> `cell 3, line 5`; null for the frame that only calls the cell. */
  translate(stackLine: string): string | null {
    const call = /^\s+at (?:async )?(cell-\d+\.ts):(\d+):\d+$/.exec(stackLine);
    if (call && Number(call[2]) === this.lastRow.get(call[1])) return null;
    return stackLine
      .replace("at Proxy.", "at ")
      .replace(/(cell-(\d+)\.ts):(\d+):(\d+)/g, (whole, name, number, line, column) => {
        let row = Number(line) - 1;
        let col = Number(column) - 1;
        for (const map of this.maps.get(name) ?? []) {
          const entry = map.findEntry(row, col);
          if (!("originalLine" in entry)) return whole;
          row = entry.originalLine;
          col = entry.originalColumn;
        }
        // The converter puts one line ("export {};") before the cell: the row counted from 0 is the line from 1.
        return `cell ${number}, line ${row}`;
      });
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
  const traceback = withoutForeignExcerpt(text)
    .split("\n")
    .filter(
      (l) => !/^\s+at .*(node_modules\/(tslab|tsx)\/|node:vm|node:internal|environment\/kernel\/)/.test(l),
    )
    .map((l) => lines.translate(l))
    .filter((l): l is string => l !== null);
  return { ename, evalue, traceback };
}

/** Node puts the line that threw above a stack: a person's own is worth it, a package's packed code hides the rest. */
function withoutForeignExcerpt(text: string): string {
  return text.replace(/^\S.*[\\/]node_modules[\\/].*:\d+\n[\s\S]*?\n\s*\n+(?=\S)/, "");
}

/** Interruption by the person at the notebook: no stack would help. */
function interruptedError(): CellError {
  const evalue = "the cell was interrupted; variables of earlier cells are kept";
  return { ename: "Interrupted", evalue, traceback: [`Interrupted: ${evalue}`] };
}

/** What the type checker says of a cell, one line each, with the offending line of the cell beneath. */
export function typeError(diagnostics: Diagnostic[], code: string): CellError {
  const rows = code.split("\n");
  const seen = diagnostics.map((d) => {
    const where = `${d.fileName ? `${d.fileName}, ` : ""}line ${d.start.line + 1}`;
    const source = d.fileName ? undefined : rows[d.start.line];
    return { text: `${where}: ${d.messageText}`, source };
  });
  const traceback = ["TypeScriptError"];
  for (const { text, source } of seen) {
    traceback.push(text);
    if (source !== undefined) traceback.push(`    ${source.trim()}`);
  }
  return { ename: "TypeScriptError", evalue: seen.map((s) => s.text).join("\n"), traceback };
}

function inlineMap(code: string): SourceMap | null {
  const all = [...code.matchAll(/\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)/g)];
  const last = all.at(-1);
  return last ? new SourceMap(JSON.parse(Buffer.from(last[1], "base64").toString("utf8"))) : null;
}
