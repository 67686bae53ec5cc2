import { readFileSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { packageRoot } from "../../lib/package-root.js";
import type { CellSession } from "./cell-session.js";
import { toCharacters, toUnits } from "./code-points.js";
import { compiler, jupyter } from "./patched-tslab.js";

/** An `execute_request` with what the server adds to it. */
export interface CellRequest {
  code: string;
  silent?: boolean;
  store_history?: boolean;
  stop_on_error?: boolean;
  /** The page's id of the cell; empty where the page says none. */
  cell: string;
  /** Whether it was sent before the cell failed that failed last. */
  sentBefore(moment: number): boolean;
  /** Called when the cell's turn has come, with its number. */
  started(count: number): void;
}

type Done = (error: null) => void;

/** tslab's answers to requests, by the words of the protocol. */
export class KernelHandler extends jupyter.JupyterHandlerImpl {
  constructor(private readonly session: CellSession) {
    super(session.run, false);
  }

  handleKernel(): object {
    const { version } = JSON.parse(readFileSync(packageRoot("package.json"), "utf8"));
    const told = super.handleKernel();
    return {
      ...told,
      status: "ok",
      implementation: "latent-sky",
      implementation_version: version,
      language_info: { ...told.language_info, version: compiler.version },
      banner: `TypeScript ${compiler.version}, latent-sky ${version}`,
    };
  }

  /** With `stop_on_error: false` an error of this cell stops none of those that wait behind it. */
  async handleExecute(request: CellRequest, ...writers: unknown[]): Promise<unknown> {
    // On its way while a cell failed, as those that are queued; `failedAt` is tslab's, see patched-tslab.
    if (request.sentBefore(this.failedAt ?? 0)) return { status: "abort" };
    if (request.stop_on_error !== false) return super.handleExecute(request, ...writers);
    const run = () =>
      this.handleExecuteImpl(request, ...writers).then(
        (counter) => ({ status: "ok", execution_count: (counter as { count: number }).count }),
        (counter: { count?: number }) => ({ status: "error", execution_count: counter.count }),
      );
    return this.execQueue.add(run).catch(() => ({ status: "abort" }));
  }

  handleComplete(request: { code: string; cursor_pos: number }): object {
    const { code, cursor_pos } = request;
    const found = this.session.apart(() =>
      super.handleComplete({ ...request, cursor_pos: toUnits(code, cursor_pos) }),
    );
    return {
      ...found,
      cursor_start: toCharacters(code, found.cursor_start),
      cursor_end: toCharacters(code, found.cursor_end),
    };
  }

  handleInspect(request: { code: string; cursor_pos: number }): object {
    const cursor_pos = toUnits(request.code, request.cursor_pos);
    return this.session.apart(() => super.handleInspect({ ...request, cursor_pos }));
  }

  handleIsComplete(request: { code: string }): object {
    return this.session.apart(() => super.handleIsComplete(request));
  }

  async handleExecuteImpl(request: CellRequest, ...writers: unknown[]): Promise<unknown> {
    // Whatever waits in V8's queue goes with a cell that is ended there (Interrupts): nothing of the kernel's may.
    await new Promise(setImmediate);
    const { code, cell, silent = false } = request;
    const stored = !silent && request.store_history !== false;
    if (!stored) this.execCount--; // tslab counts every cell
    const number = this.execCount + 1;
    this.session.begin({ code, number, cell, silent, stored });
    request.started(number);
    try {
      return await super.handleExecuteImpl(request, ...writers);
    } finally {
      this.session.end();
    }
  }

  /** What `process.stdout.write` is while a cell runs: as Node's own, with a callback and for halves of a character. */
  createWriteToIopub(name: string, writeStream: (name: string, text: string) => void) {
    const decoder = new StringDecoder("utf8");
    return (chunk: string | Uint8Array, encoding?: string | Done, done?: Done): boolean => {
      writeStream(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
      const callback = typeof encoding === "function" ? encoding : done;
      if (callback) process.nextTick(callback, null);
      return true;
    };
  }

  handleShutdown({ restart }: { restart?: boolean }): object {
    return { status: "ok", restart: restart === true };
  }
}
