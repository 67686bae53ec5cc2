import type { CellSession } from "./cell-session.js";
import { toCharacters, toUnits } from "./code-points.js";
import { jupyter } from "./patched-tslab.js";

/** tslab's answers to requests, by the words of the protocol. */
export class KernelHandler extends jupyter.JupyterHandlerImpl {
  constructor(private readonly session: CellSession) {
    super(session.run, false);
  }

  /** With `stop_on_error: false` an error of this cell stops none of those that wait behind it. */
  async handleExecute(
    request: { code: string; cell: string; stop_on_error?: boolean },
    ...writers: unknown[]
  ): Promise<unknown> {
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
    const found = super.handleComplete({ ...request, cursor_pos: toUnits(code, cursor_pos) });
    return {
      ...found,
      cursor_start: toCharacters(code, found.cursor_start),
      cursor_end: toCharacters(code, found.cursor_end),
    };
  }

  handleInspect(request: { code: string; cursor_pos: number }): object {
    return super.handleInspect({ ...request, cursor_pos: toUnits(request.code, request.cursor_pos) });
  }

  async handleExecuteImpl(request: { code: string; cell: string }, ...writers: unknown[]): Promise<unknown> {
    this.session.begin(request.code, this.execCount + 1, request.cell);
    try {
      return await super.handleExecuteImpl(request, ...writers);
    } finally {
      this.session.end();
    }
  }
}
