import { readFileSync } from "node:fs";
import { thrownError } from "./cell-error.js";
import type { HistoryRequest } from "./cell-history.js";
import type { CellSession } from "./cell-session.js";
import type { CellRequest, KernelHandler } from "./kernel-handler.js";
import { MessageGuard } from "./message-guard.js";
import { jupyter } from "./patched-tslab.js";
import { SendTimes } from "./send-times.js";
import { TextOutput } from "./text-output.js";

interface Message {
  header: { msg_type: string; session?: string; date?: string };
  content: Record<string, unknown>;
  metadata: Record<string, unknown>;
  createReply(): Message;
  signAndSend(key: string, socket: unknown): void;
}

// A cell's output goes to iopub, which everybody can read; what the kernel says of itself goes to its own log.
const log = process.stderr.write.bind(process.stderr);
const exit = process.exit.bind(process); // cells find another one (kernel.ts)

/** tslab's server of the Jupyter protocol, with the requests and the errors that it does not know. */
export class KernelServer extends jupyter.ZmqServer {
  /** Of every socket, see patched-tslab: a frame is held whole in memory before its signature can be looked at. */
  readonly limits = { maxMessageSize: 32 << 20 };
  private readonly guard: MessageGuard;
  private readonly sent = new SendTimes();
  /** The request whose cell runs. */
  private running: Message | null = null;

  constructor(
    handler: KernelHandler,
    connectionFile: string,
    private readonly session: CellSession,
  ) {
    super(handler, connectionFile);
    this.guard = new MessageGuard(JSON.parse(readFileSync(connectionFile, "utf8")));
  }

  async handleExecute(socket: unknown, request: Message): Promise<void> {
    const publish = (type: string, content: object) => {
      const message = request.createReply();
      message.header.msg_type = type;
      message.content = content as Record<string, unknown>;
      message.signAndSend(this.connInfo.key, this.iopub);
    };
    this.sent.note(request.header);
    const content = await this.execute(request, publish).catch((error) => {
      // A cell that broke a built-in broke the kernel with it: without a reply the page would wait for ever.
      log(`kernel: ${error?.stack ?? error}\n`);
      const evalue = `the kernel itself failed at this cell (${error?.message ?? error}): restart it`;
      const failure = { ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] };
      publish("error", failure);
      return { status: "error", execution_count: this.handler.execCount, ...failure };
    });
    if (this.running !== request) super.publishStatus("busy", request); // its turn never came
    this.answer(socket, request, "execute_reply", content);
  }

  /**
   * Front ends show the last status there was, and servers that end idle kernels go by it. So a cell is busy from its
   * turn on, not while it waits behind others, and what is answered beside a cell that runs leaves the kernel busy.
   */
  publishStatus(status: "busy" | "idle", parent: Message): void {
    if (status === "busy" && parent.header.msg_type === "execute_request") return; // see `started`
    super.publishStatus(status, parent);
    if (status === "busy") return;
    if (parent === this.running) this.running = null;
    else if (this.running) super.publishStatus("busy", this.running);
  }

  async execute(request: Message, publish: (type: string, content: object) => void): Promise<object> {
    const printed = new TextOutput((name, text) => publish("stream", { name, text }));
    const { cellId } = request.metadata; // JupyterLab 4 and Notebook 7 send it, other pages do not
    const started = (execution_count: number) => {
      this.running = request;
      super.publishStatus("busy", request);
      if (!cell.silent) publish("execute_input", { code: cell.code, execution_count });
    };
    const cell = {
      ...request.content,
      cell: typeof cellId === "string" ? cellId : "",
      sentBefore: (moment) => this.sent.isBefore(request.header, moment),
      started,
    } as CellRequest;
    const content = await this.handler.handleExecute(
      cell,
      (name: "stdout" | "stderr", text: string) => printed.write(name, this.session.lines.inOutput(text)),
      (data: object, update: boolean) => {
        printed.flush();
        publish(update ? "update_display_data" : "display_data", data);
      },
    );
    printed.flush();
    if (content.status === "abort") content.status = "aborted"; // the word of the protocol
    if (content.status === "ok") Object.assign(content, { payload: [], user_expressions: {} });
    if (content.status === "error") {
      const silent = new Error("The cell failed without saying why.");
      const error = this.session.error ?? thrownError(silent, this.session.lines);
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
      this.answer(
        socket,
        request,
        "history_reply",
        this.session.history.answer(request.content as HistoryRequest),
      );
    } else if (type.startsWith("comm_")) {
      this.session.comms.handle(type, request.content, (reply, content) =>
        this.answer(this.iopub, request, reply, content),
      );
    }
  }

  handleCommInfoRequest(socket: unknown, request: Message): void {
    this.answer(socket, request, "comm_info_reply", this.session.comms.info());
  }

  answer(socket: unknown, request: Message, type: string, content: object): void {
    const reply = request.createReply();
    reply.header.msg_type = type;
    reply.content = content as Record<string, unknown>;
    reply.signAndSend(this.connInfo.key, socket);
  }

  async handleShellMessage(socket: unknown, ...frames: Buffer[]): Promise<void> {
    if (!this.guard.admits(frames)) return;
    try {
      await super.handleShellMessage(socket, ...frames);
    } catch (error) {
      // One bad request (completion in half-typed code, say) must not take the session down.
      log(`kernel: ${error instanceof Error ? error.stack : error}\n`);
    }
  }

  close(): void {
    this.session.exit().then(() => {
      super.close();
      setTimeout(() => exit(0), 100); // time for the reply to leave the socket
    });
  }
}
