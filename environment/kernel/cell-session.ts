import { join } from "node:path";
import { Script } from "node:vm";
import type { ConvertResult } from "tslab/dist/converter.js";
import type { ModuleResolutionHost } from "typescript";
import { packageRoot } from "../../lib/package-root.js";
import { type CellError, CellLines, thrownError, typeError } from "./cell-error.js";
import { CellHistory } from "./cell-history.js";
import { Comms } from "./comms.js";
import { findTypes } from "./find-types.js";
import { Interrupts } from "./interrupts.js";
import { compiler, converter, executor } from "./patched-tslab.js";
import { findProjectModules } from "./project-modules.js";
import { withoutExports } from "./without-exports.js";

/** A cell whose turn has come: `stored` ones are counted and remembered, of `silent` ones no result is shown. */
interface BegunCell {
  code: string;
  number: number;
  /** The page's id of it. */
  cell: string;
  silent: boolean;
  stored: boolean;
}

/** What the kernel knows of the notebook: the cell that runs and what became of it, and how cells are run. */
export class CellSession {
  readonly history = new CellHistory();
  readonly comms = new Comms();
  readonly lines = new CellLines();
  readonly run: ReturnType<typeof executor.createExecutor>;
  /** What ended the cell; null where it has not failed so far. */
  error: CellError | null = null;
  private code = "";
  private silent = false;
  /** The page's id of the cell that runs; empty where the page says none. */
  private cell = "";
  private interruption = new AbortController();
  private readonly interrupts = new Interrupts(() => {
    this.interruption.abort(new Error("The cell was interrupted."));
    this.run.interrupt();
  });
  private readonly exitTasks = new Set<() => Promise<void>>();
  private readonly panels = new Set<{ cell: string; run: AbortSignal; close: () => Promise<void> }>();

  constructor(declarations: Record<string, string>) {
    this.run = this.executor(declarations);
  }

  /** Aborts when the running cell is interrupted; whoever takes it stops of itself. */
  takeSignal(): AbortSignal {
    this.interrupts.heed();
    return this.interruption.signal;
  }

  begin({ code, number, cell, silent, stored }: BegunCell): void {
    this.error = null;
    this.code = code;
    this.cell = cell;
    this.silent = silent;
    this.lines.begin(code, number);
    this.comms.begin(cell);
    // What an earlier cell left behind it, such as a panel, is not this one's to interrupt.
    this.interruption = new AbortController();
    if (stored) this.history.add(number, code);
    this.interrupts.beginCell();
  }

  end(): void {
    this.interrupts.endCell();
  }

  /** Work of the kernel's own beside a cell that waits, see Interrupts. */
  apart<T>(work: () => T): T {
    return this.interrupts.apart(work);
  }

  /** The returned function forgets the task. */
  beforeExit(task: () => Promise<void>): () => void {
    this.exitTasks.add(task);
    return () => void this.exitTasks.delete(task);
  }

  /** `close` ends what the running cell opened; the returned function forgets it. */
  opened(close: () => Promise<void>): () => void {
    const panel = { cell: this.cell, run: this.interruption.signal, close };
    this.panels.add(panel);
    const forget = this.beforeExit(close);
    return () => {
      this.panels.delete(panel);
      forget();
    };
  }

  /** Closes what earlier runs of the running cell opened: its output, where they were shown, is gone. */
  async closeEarlier(): Promise<void> {
    const { cell } = this;
    const { signal } = this.interruption;
    if (cell) for (const p of this.panels) if (p.cell === cell && p.run !== signal) await p.close();
  }

  /**
   * Does what waits for the end, one after the other: figures are drawn before the browser that draws them is closed.
   * A task may add another.
   */
  async exit(): Promise<void> {
    for (const task of this.exitTasks) {
      this.exitTasks.delete(task);
      await task().catch(() => {});
    }
  }

  private executor(declarations: Record<string, string>) {
    const project = packageRoot();
    findProjectModules(project, join(process.cwd(), "cell.ts"));
    const texts = new Map(Object.entries(declarations).map(([name, text]) => [packageRoot(name), text]));
    const node = converter.createConverter({
      isBrowser: false,
      onEmit: (output: string | undefined) => this.lines.onEmit(output),
      project,
      declarations: texts,
      findTypes: (host: ModuleResolutionHost, places: { cwd: string; cells: ReadonlySet<string> }) =>
        findTypes(compiler, host, { ...places, project, declarations: texts }),
    } as Parameters<typeof converter.createConverter>[0]);
    const convs = {
      node: {
        ...node,
        convert: (previous: string, code: string): ConvertResult => {
          const result = node.convert(previous, withoutExports(code, compiler));
          if (result.diagnostics.length) this.error = typeError(result.diagnostics, this.code);
          return result;
        },
      },
      browser: node,
      close: () => node.close(),
      run: (code: string) => this.interrupts.run(new Script(code, { filename: this.lines.onRun(code) })),
    };
    return executor.createExecutor(process.cwd(), convs, {
      log: (...values) => {
        if (!this.silent) console.log(...values);
      },
      // tslab reports what a cell threw here; a diagnostic arrives as a format string and is kept already.
      error: (...values) => {
        this.error ??= thrownError(values[0], this.lines);
      },
    });
  }
}
