import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as zmq from "zeromq";
import { writeError } from "../../lib/files/write-error.js";

/** A message a kernel publishes while a cell runs: stream, display_data, error, status ... */
export interface KernelMessage {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each message type has its own content
  content: any;
}

/** How a cell ended, in the words of the protocol's `execute_reply`. */
export interface ExecuteReply {
  status: "ok" | "error" | "aborted";
  execution_count?: number;
}

/** The kernel process ended while something was asked of it. */
export class KernelDiedError extends Error {
  override name = "KernelDiedError";
}

/** The kernel has answered and says no more, but never that it is idle. */
export class KernelSilentError extends Error {
  override name = "KernelSilentError";
}

/** Seconds without a message after which an answered request is given up; "idle" follows an answer at once. */
const idleGrace = 120;

const delimiter = "<IDS|MSG>";
const kernelFolder = () => resolve("environment/jupyter/kernels/latent-sky");

/**
 * A kernel process and its sockets, spoken to as a Jupyter front-end does (messaging protocol 5.3,
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html), without Python.
 */
export class KernelClient {
  private readonly session = randomUUID();
  private readonly listeners = new Map<
    string,
    (message: KernelMessage, channel: "shell" | "iopub") => void
  >();
  /** What the process itself wrote (not the cells): shown when it dies. */
  private log = "";
  private exited: string | null = null;
  private onExit: (() => void)[] = [];

  private constructor(
    private readonly process: ChildProcess,
    private readonly shell: zmq.Dealer,
    private readonly iopub: zmq.Subscriber,
    private readonly key: string,
    private readonly folder: string,
  ) {
    process.stdout?.on("data", (chunk) => this.keepLog(chunk));
    process.stderr?.on("data", (chunk) => this.keepLog(chunk));
    process.on("error", (error) => this.ended(error.message));
    process.on("exit", (code, signal) => this.ended(signal ? `signal ${signal}` : `exit code ${code}`));
    this.listen(shell, "shell");
    this.listen(iopub, "iopub");
  }

  /** Starts a kernel in `cwd`, with `env` added to this process's environment, and waits until it answers. */
  static async start(
    env: Record<string, string> = {},
    timeoutSeconds = 120,
    cwd = process.cwd(),
  ): Promise<KernelClient> {
    const folder = await mkdtemp(join(tmpdir(), "latent-sky-kernel-"));
    const connectionFile = join(folder, "connection.json");
    const key = randomUUID();
    const [shellPort, iopubPort, stdinPort, controlPort, hbPort] = await freePorts(5);
    const connection = {
      ip: "127.0.0.1",
      transport: "tcp",
      key,
      signature_scheme: "hmac-sha256",
      shell_port: shellPort,
      iopub_port: iopubPort,
      stdin_port: stdinPort,
      control_port: controlPort,
      hb_port: hbPort,
    };
    await writeFile(connectionFile, JSON.stringify(connection), { mode: 0o600 }).catch((error) => {
      throw writeError(connectionFile, error);
    });
    const spec = JSON.parse(await readFile(join(kernelFolder(), "kernel.json"), "utf8"));
    const [command, ...args] = (spec.argv as string[]).map((part) =>
      part.replaceAll("{connection_file}", connectionFile).replaceAll("{resource_dir}", kernelFolder()),
    );
    // Its own process group: Ctrl-C in the terminal reaches the runner, which decides what the kernel gets.
    const child = spawn(command === "node" ? process.execPath : command, args, {
      cwd,
      env: { ...process.env, LATENT_SKY_STARTER: String(process.pid), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const shell = new zmq.Dealer({ routingId: randomUUID(), linger: 0 });
    const iopub = new zmq.Subscriber({ receiveHighWaterMark: 0, linger: 0 });
    shell.connect(`tcp://127.0.0.1:${shellPort}`);
    iopub.connect(`tcp://127.0.0.1:${iopubPort}`);
    iopub.subscribe();
    const client = new KernelClient(child, shell, iopub, key, folder);
    try {
      await client.waitUntilReady(timeoutSeconds);
    } catch (error) {
      await client.kill();
      throw error;
    }
    return client;
  }

  /**
   * Runs one cell. `onMessage` gets everything it publishes, in order; resolves when the kernel replied and is idle
   * again, so no output can follow. Rejects with `KernelDiedError` when the process ends, and with `KernelSilentError`
   * where it replied and is never idle. `cellId` is the notebook's
   * name of the cell, as JupyterLab sends it.
   */
  async execute(
    code: string,
    onMessage: (message: KernelMessage) => void,
    cellId?: string,
  ): Promise<ExecuteReply> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    return (await this.ask("execute_request", content, onMessage, { cellId })) as unknown as ExecuteReply;
  }

  /** Sends any request of the shell channel (inspect_request, complete_request ...); resolves to the reply's content. */
  async ask(
    type: string,
    content: object,
    onMessage: (message: KernelMessage) => void = () => {},
    metadata: object = {},
  ): Promise<Record<string, unknown>> {
    if (this.exited) throw this.died();
    const header = this.header(type);
    return new Promise<Record<string, unknown>>((resolveRequest, reject) => {
      let reply: Record<string, unknown> | null = null;
      let idle = false;
      let silence: NodeJS.Timeout | undefined;
      const end = () => {
        clearTimeout(silence);
        this.listeners.delete(header.msg_id);
        this.onExit = this.onExit.filter((f) => f !== onExit);
      };
      const onExit = () => {
        end();
        reject(this.died());
      };
      const giveUp = () => {
        end();
        const what = `answered ${type} and was never idle again within ${idleGrace} s`;
        reject(new KernelSilentError(`The kernel ${what}, so output may be missing: run it once more.`));
      };
      this.onExit.push(onExit);
      this.listeners.set(header.msg_id, (message, channel) => {
        if (channel === "shell") reply = message.content;
        else if (message.type === "status") idle = message.content.execution_state === "idle";
        else onMessage(message);
        clearTimeout(silence);
        if (reply && idle) {
          end();
          resolveRequest(reply);
        } else if (reply) silence = setTimeout(giveUp, idleGrace * 1000).unref();
      });
      this.send(type, content, header, metadata).catch(reject);
    });
  }

  /** What pressing "interrupt" does; the session and its variables stay. */
  interrupt(): void {
    if (!this.exited) this.process.kill("SIGINT");
  }

  /** Asks the kernel to end, and ends it after `graceSeconds` in any case. */
  async shutdown(graceSeconds = 5): Promise<void> {
    if (!this.exited) {
      this.send("shutdown_request", { restart: false }).catch(() => {});
      await Promise.race([this.untilExit(), new Promise((r) => setTimeout(r, graceSeconds * 1000).unref())]);
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    if (!this.exited) {
      this.process.kill("SIGKILL");
      await this.untilExit();
    }
    this.shell.close();
    this.iopub.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private untilExit(): Promise<void> {
    return this.exited ? Promise.resolve() : new Promise((r) => this.onExit.push(r));
  }

  /** The iopub subscription takes a moment to arrive, so the question is repeated until both channels answer. */
  private async waitUntilReady(timeoutSeconds: number): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (Date.now() < deadline) {
      const answered = this.ask("kernel_info_request", {});
      answered.catch(() => {}); // a question asked before the subscription arrived is never answered in full
      if (await Promise.race([answered.then(() => true), new Promise((r) => setTimeout(r, 500))])) return;
    }
    throw new Error(`The kernel did not answer within ${timeoutSeconds} s.${this.tail()}`);
  }

  private header(type: string) {
    return {
      msg_id: randomUUID(),
      session: this.session,
      username: "latent-sky",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
  }

  private async send(
    type: string,
    content: object,
    header = this.header(type),
    metadata: object = {},
  ): Promise<void> {
    const parts = [header, {}, metadata, content].map((part) => JSON.stringify(part));
    const signature = createHmac("sha256", this.key);
    for (const part of parts) signature.update(part);
    await this.shell.send([delimiter, signature.digest("hex"), ...parts]);
  }

  private async listen(socket: zmq.Dealer | zmq.Subscriber, channel: "shell" | "iopub"): Promise<void> {
    for await (const frames of socket) {
      const start = frames.findIndex((frame) => frame.toString() === delimiter);
      if (start < 0) continue;
      const [header, parent, , content] = frames.slice(start + 2).map((f) => JSON.parse(f.toString()));
      this.listeners.get(parent?.msg_id)?.({ type: header.msg_type, content }, channel);
    }
  }

  private keepLog(chunk: Buffer): void {
    this.log = (this.log + chunk.toString()).slice(-4000);
  }

  private ended(how: string): void {
    if (this.exited) return;
    this.exited = how;
    for (const f of this.onExit.splice(0)) f();
  }

  private died(): KernelDiedError {
    return new KernelDiedError(`The kernel ended (${this.exited}).${this.tail()}`);
  }

  private tail(): string {
    const log = this.log.trim();
    return log ? `\nIts last words:\n${log}` : "";
  }
}

/** Ports nobody listens on; all are held open together so that no number comes twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((r) => server.close(r))));
  return ports;
}
