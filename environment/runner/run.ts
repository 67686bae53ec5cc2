import { resolve } from "node:path";
import { CellOutputs } from "./cell-outputs.js";
import { KernelClient, KernelDiedError, type KernelMessage, KernelSilentError } from "./kernel-client.js";
import { type Cell, type ErrorOutput, type Notebook, readNotebook, writeNotebook } from "./notebook-file.js";

export interface RunOptions {
  /** Where the executed notebook is written; the source itself only when this is its own path. */
  output: string;
  /** Added to the kernel's environment: profile, dataset, seed (see `settings`). */
  env?: Record<string, string>;
  /** Seconds one cell may take; 0 or nothing: as long as it needs. */
  cellTimeout?: number;
  /** Interrupts the running cell, saves what was done and returns "interrupted". */
  signal?: AbortSignal;
  onProgress?: (progress: RunProgress) => void;
}

/** Sent when a cell starts, when it has ended (`seconds`), and when it shows a progress bar (`note`). */
export interface RunProgress {
  /** Counts code cells from 1. */
  cell: number;
  cells: number;
  cellId: string;
  seconds?: number;
  note?: string;
}

export interface RunResult {
  status: "ok" | "failed" | "interrupted";
  notebook: string;
  output: string;
  seconds: number;
  cells: number;
  /** Seconds by cell id, of the cells that ended well. */
  cellSeconds: Record<string, number>;
  /** The cell that stopped the run. */
  failure?: { cell: number; source: string; ename: string; evalue: string; traceback: string[] };
}

/** Seconds between an interrupt and the end of a kernel that does not heed it. */
const interruptGrace = 5;
/** Seconds between two saves while cells follow each other quickly. */
const saveInterval = 5;

/**
 * Executes a notebook from top to bottom in a fresh kernel and stores the outputs in `options.output`, a valid
 * nbformat 4.5 file at every moment. Stops at the first cell that fails; the cells before it keep their outputs,
 * those after it have none.
 */
export async function runNotebook(path: string, options: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const notebook = await readNotebook(path);
  const code = notebook.cells.filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "");
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    cell.execution_count = null;
  }
  const result: RunResult = {
    status: "ok",
    notebook: path,
    output: resolve(options.output),
    seconds: 0,
    cells: code.length,
    cellSeconds: {},
  };
  const kernel = await KernelClient.start(options.env);
  const outputs = new CellOutputs();
  let saved = Date.now();
  try {
    // A place that cannot be written is found now, and not after hours of computing.
    await save(options.output, notebook, options);
    for (const [i, cell] of code.entries()) {
      if (options.signal?.aborted) result.status = "interrupted";
      if (result.status !== "ok") break;
      const progress = { cell: i + 1, cells: code.length, cellId: cell.id };
      options.onProgress?.(progress);
      const cellStarted = Date.now();
      await executeCell(kernel, cell, outputs, options, progress, result);
      const seconds = (Date.now() - cellStarted) / 1000;
      cell.metadata = { ...cell.metadata, "latent-sky": { seconds: Math.round(seconds * 100) / 100 } };
      if (result.status === "ok") {
        result.cellSeconds[cell.id] = seconds;
        options.onProgress?.({ ...progress, seconds });
      }
      if (Date.now() - saved > saveInterval * 1000) {
        await save(options.output, notebook, options);
        saved = Date.now();
      }
    }
  } finally {
    try {
      await save(options.output, notebook, options);
    } finally {
      await kernel.shutdown();
    }
  }
  result.seconds = (Date.now() - started) / 1000;
  return result;
}

/** Runs one cell under the timeout and the signal, and writes how it ended into the cell and `result`. */
async function executeCell(
  kernel: KernelClient,
  cell: Cell,
  outputs: CellOutputs,
  options: RunOptions,
  progress: RunProgress,
  result: RunResult,
): Promise<void> {
  cell.outputs = [];
  outputs.startCell(cell.outputs);
  const onMessage = (message: KernelMessage) => {
    outputs.add(message);
    const note = progressNote(message);
    if (note) options.onProgress?.({ ...progress, note });
  };
  let stopped: "timeout" | "interrupted" | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: "timeout" | "interrupted") => {
    stopped ??= why;
    kernel.interrupt();
    killTimer ??= setTimeout(() => kernel.kill(), interruptGrace * 1000);
  };
  const onAbort = () => stop("interrupted");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const timer = options.cellTimeout
    ? setTimeout(() => stop("timeout"), options.cellTimeout * 1000)
    : undefined;
  try {
    const reply = await kernel.execute(cell.source, onMessage, cell.id);
    cell.execution_count = reply.execution_count ?? null;
    if (reply.status === "ok" && stopped !== "timeout") return;
  } catch (error) {
    if (!(error instanceof KernelDiedError || error instanceof KernelSilentError)) throw error;
    if (!stopped) addError(cell, error.name, error.message);
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    options.signal?.removeEventListener("abort", onAbort);
  }
  if (stopped === "interrupted") {
    result.status = "interrupted";
    return;
  }
  if (stopped === "timeout") {
    cell.outputs = cell.outputs.filter((output) => output.output_type !== "error");
    addError(
      cell,
      "CellTimeout",
      `the cell ran longer than ${options.cellTimeout} s; give it more with --timeout, or choose a smaller profile`,
    );
  }
  const error = cell.outputs.findLast((output): output is ErrorOutput => output.output_type === "error");
  result.status = "failed";
  result.failure = {
    cell: progress.cell,
    source: cell.source,
    ename: error?.ename ?? "Error",
    evalue: error?.evalue ?? "the kernel gave no reason",
    traceback: error?.traceback ?? [],
  };
}

function addError(cell: Cell, ename: string, evalue: string): void {
  cell.outputs?.push({ output_type: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] });
}

/** The text of a progress bar (see `progress`), if the message is one. */
function progressNote({ type, content }: KernelMessage): string | null {
  if (type !== "display_data" && type !== "update_display_data") return null;
  return content.metadata?.["latent-sky"]?.progress ? String(content.data?.["text/plain"] ?? "") : null;
}

async function save(path: string, notebook: Notebook, options: RunOptions): Promise<void> {
  const settings = Object.fromEntries(
    Object.entries(options.env ?? {}).map(([name, value]) => [
      name.replace("LATENT_SKY_", "").toLowerCase(),
      value,
    ]),
  );
  await writeNotebook(path, { ...notebook, metadata: { ...notebook.metadata, "latent-sky": settings } });
}
