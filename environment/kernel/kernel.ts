import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type { ConvertResult } from "tslab/dist/converter.js";
import type { Publisher } from "zeromq";
import { setNotebookHost } from "../../lib/notebook/host.js";
import { packageRoot } from "../../lib/package-root.js";
import { type CellError, CellLines, thrownError, typeError } from "./cell-error.js";
import { CellHistory, type HistoryRequest } from "./cell-history.js";
import { toCharacters, toUnits } from "./code-points.js";
import { Comms } from "./comms.js";
import { Interrupts } from "./interrupts.js";
import { MessageGuard } from "./message-guard.js";
import { compiler, converter, executor, jupyter } from "./patched-tslab.js";
import { findProjectModules } from "./project-modules.js";
import { type Sender, sendInTurn } from "./send-in-turn.js";
import { TextOutput } from "./text-output.js";
import { withoutExports } from "./without-exports.js";

interface Message {
  header: { msg_type: string };
  content: Record<string, unknown>;
  createReply(): Message;
  signAndSend(key: string, socket: unknown): void;
}

/**
 * The notebook kernel: tslab's type-checked cells, with what a scientist misses in it added. An error is a real
 * `error` output (name, message, the user's own stack), an interrupt ends the cell and never the session, and
 * `NotebookHost` lets lib display several MIME types as one output.
 */
export function startKernel(connectionFile: string): void {
  const guard = new MessageGuard(JSON.parse(readFileSync(connectionFile, "utf8")));
  // A cell's output goes to iopub, which everybody can read; what the kernel says of itself goes to its own log.
  const log = process.stderr.write.bind(process.stderr);
  const lines = new CellLines();
  let cellError: CellError | null = null;
  let cellCode = "";
  let interruption = new AbortController();
  const exitTasks: (() => Promise<void>)[] = [];
  const history = new CellHistory();
  const comms = new Comms();
  const interrupts = new Interrupts(() => {
    interruption.abort(new Error("The cell was interrupted."));
    run.interrupt();
  });

  findProjectModules(packageRoot(), join(process.cwd(), "cell.ts"));
  const node = converter.createConverter({
    isBrowser: false,
    onEmit: (output: string | undefined) => lines.onEmit(output),
    project: packageRoot(),
  } as Parameters<typeof converter.createConverter>[0]);
  const convs = {
    node: {
      ...node,
      convert(previous: string, code: string): ConvertResult {
        const result = node.convert(previous, withoutExports(code, compiler));
        if (result.diagnostics.length) cellError = typeError(result.diagnostics, cellCode);
        return result;
      },
    },
    browser: node,
    close: () => node.close(),
    run: (code: string) => interrupts.run(new Script(code, { filename: lines.onRun(code) })),
  };
  const run = executor.createExecutor(process.cwd(), convs, {
    log: (...values) => console.log(...values),
    // tslab reports what a cell threw here; a diagnostic arrives as a format string and is kept already.
    error: (...values) => {
      if (!cellError) cellError = thrownError(values[0], lines);
    },
  });

  class Server extends jupyter.ZmqServer {
    async handleExecute(socket: unknown, request: Message): Promise<void> {
      const publish = (type: string, content: object) => {
        const message = request.createReply();
        message.header.msg_type = type;
        message.content = content as Record<string, unknown>;
        message.signAndSend(this.connInfo.key, this.iopub);
      };
      const content = await this.execute(request, publish).catch((error) => {
        // A cell that broke a built-in broke the kernel with it: without a reply the page would wait for ever.
        log(`kernel: ${error?.stack ?? error}\n`);
        const evalue = `the kernel itself failed at this cell (${error?.message ?? error}): restart it`;
        const failure = { ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] };
        publish("error", failure);
        return { status: "error", execution_count: this.handler.execCount, ...failure };
      });
      this.answer(socket, request, "execute_reply", content);
    }

    async execute(request: Message, publish: (type: string, content: object) => void): Promise<object> {
      const printed = new TextOutput((name, text) => publish("stream", { name, text }));
      const content = await this.handler.handleExecute(
        request.content,
        (name: "stdout" | "stderr", text: string) => printed.write(name, text),
        (data: object, update: boolean) => {
          printed.flush();
          publish(update ? "update_display_data" : "display_data", data);
        },
      );
      printed.flush();
      if (content.status === "abort") content.status = "aborted"; // the word of the protocol
      if (content.status === "error") {
        const error = cellError ?? thrownError(new Error("The cell failed without saying why."), lines);
        Object.assign(content, error);
        publish("error", error);
      }
      return content;
    }

    /** Requests that tslab does not know, see patched-tslab; any other is left unanswered, as the protocol asks. */
    handleOther(socket: unknown, request: Message): void {
      const type = request.header.msg_type;
      if (type === "interrupt_request") {
        process.kill(process.pid, "SIGINT"); // what a front end does that interrupts by a signal
        this.answer(socket, request, "interrupt_reply", { status: "ok" });
      } else if (type === "history_request") {
        this.answer(socket, request, "history_reply", history.answer(request.content as HistoryRequest));
      } else if (type.startsWith("comm_")) {
        comms.handle(type, request.content, (reply, content) =>
          this.answer(this.iopub, request, reply, content),
        );
      }
    }

    handleCommInfoRequest(socket: unknown, request: Message): void {
      this.answer(socket, request, "comm_info_reply", comms.info());
    }

    answer(socket: unknown, request: Message, type: string, content: object): void {
      const reply = request.createReply();
      reply.header.msg_type = type;
      reply.content = content as Record<string, unknown>;
      reply.signAndSend(this.connInfo.key, socket);
    }

    /** Called where the socket is made, see patched-tslab. */
    unhurried(socket: Publisher): Sender {
      return sendInTurn(socket);
    }

    async handleShellMessage(socket: unknown, ...frames: Buffer[]): Promise<void> {
      if (!guard.admits(frames)) return;
      try {
        await super.handleShellMessage(socket, ...frames);
      } catch (error) {
        // One bad request (completion in half-typed code, say) must not take the session down.
        log(`kernel: ${error instanceof Error ? error.stack : error}\n`);
      }
    }

    close(): void {
      Promise.allSettled(exitTasks.map((task) => task())).then(() => {
        super.close();
        setTimeout(() => process.exit(0), 100); // time for the reply to leave the socket
      });
    }
  }

  class Handler extends jupyter.JupyterHandlerImpl {
    /** With `stop_on_error: false` an error of this cell stops none of those that wait behind it. */
    async handleExecute(
      request: { code: string; stop_on_error?: boolean },
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

    async handleExecuteImpl(request: { code: string }, ...writers: unknown[]): Promise<unknown> {
      cellError = null;
      cellCode = request.code;
      if (interruption.signal.aborted) interruption = new AbortController();
      history.add(this.execCount + 1, request.code);
      interrupts.beginCell();
      try {
        return await super.handleExecuteImpl(request, ...writers);
      } finally {
        interrupts.endCell();
      }
    }
  }

  setNotebookHost({
    display(data, { metadata = {}, displayId, update = false } = {}) {
      jupyter.lastWriteDisplayData({ data, metadata, transient: { display_id: displayId } }, update);
    },
    get signal() {
      return interruption.signal;
    },
    beforeExit: (task) => void exitTasks.push(task),
    serve: (id, answer) => comms.serve(id, answer),
  });

  const report = (error: unknown) => console.error(thrownError(error, lines).traceback.join("\n"));
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);

  // biome-ignore lint/suspicious/noExplicitAny: see patched-tslab
  const make = { Server, Handler } as Record<string, any>;
  new make.Server(new make.Handler(run, false), connectionFile).init();
}
