import { setNotebookHost } from "../../lib/notebook/host.js";
import { thrownError } from "./cell-error.js";
import { CellSession } from "./cell-session.js";
import { KernelHandler } from "./kernel-handler.js";
import { KernelServer } from "./kernel-server.js";
import { jupyter } from "./patched-tslab.js";

/**
 * The notebook kernel: tslab's type-checked cells, with what a scientist misses in it added. An error is a real
 * `error` output (name, message, the user's own stack), an interrupt ends the cell and never the session, and
 * `NotebookHost` lets lib display several MIME types as one output. `declarations` are those of lib's modules that the
 * compiler reads in place of their sources, by their paths within the project (prepared.cjs).
 */
export function startKernel(connectionFile: string, declarations: Record<string, string> = {}): void {
  Error.stackTraceLimit = 50; // with Node's 10 the cell's line is lost below lib's and the loader's
  const session = new CellSession(declarations);
  setNotebookHost({
    display(data, { metadata = {}, displayId, update = false } = {}) {
      jupyter.lastWriteDisplayData({ data, metadata, transient: { display_id: displayId } }, update);
    },
    get signal() {
      return session.takeSignal();
    },
    beforeExit: (task) => session.beforeExit(task),
    opened: (close) => session.opened(close),
    closeEarlier: () => session.closeEarlier(),
    serve: (id, answer) => session.comms.serve(id, answer),
  });

  // A script pasted into a cell ends itself, not the kernel with the variables of all cells.
  process.exit = (code) => {
    const call = `process.exit(${code ?? ""})`;
    throw new Error(`${call} ended this cell only; to end the kernel, restart it or shut it down.`);
  };

  const report = (error: unknown) => console.error(thrownError(error, session.lines).traceback.join("\n"));
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);

  new KernelServer(new KernelHandler(session), connectionFile, session).init();
}
