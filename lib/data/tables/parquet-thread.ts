import { Worker } from "node:worker_threads";
import { packageRoot } from "../../package-root.js";

/** Megabytes of heap up to which a thread is kept for the next file: that of a file of 4 MiB. */
const keptHeap = 576;
/** Milliseconds for a thread to start. */
const start = 22_000;

/** A thread that waits for a file; starting one takes longer than reading a small file. */
let spare: ParquetThread | null = null;

/**
 * The thread that decodes one parquet file at a time, with a bounded heap. What does not answer in time is ended; what
 * answers, be it with an error, may read another file.
 */
export class ParquetThread {
  private readonly worker: Worker;
  private pending = 0;
  private isDead = false;

  private constructor(private readonly heap: number) {
    this.worker = new Worker(packageRoot("lib/data/tables/parquet-worker.mjs"), {
      resourceLimits: { maxOldGenerationSizeMb: heap },
      execArgv: [],
    });
    const dead = () => {
      this.isDead = true;
    };
    this.worker.on("error", dead).on("exit", dead); // whoever waits for an answer hears of it
  }

  /** One for a file of so many bytes. */
  static async for(size: number): Promise<ParquetThread> {
    const heap = 512 + Math.ceil((16 * size) / 2 ** 20);
    const kept = spare;
    spare = null;
    if (kept && !kept.isDead && heap <= kept.heap) {
      kept.worker.ref();
      return kept;
    }
    await kept?.end();
    const thread = new ParquetThread(Math.max(heap, keptHeap));
    await thread.answer(null, start);
    return thread;
  }

  /** What the thread answers to a job (to null: that it is ready), within `limit` milliseconds. */
  answer(job: unknown, limit: number, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const { worker } = this;
    this.pending++;
    return new Promise((done, fail) => {
      const finish = (end: () => void) => {
        this.pending--;
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        end();
      };
      const onMessage = (message: { result?: unknown; error?: string }) =>
        finish(() =>
          message.error === undefined ? done(message.result) : fail(new Error(clause(message.error))),
        );
      const onError = (error: Error & { code?: string }) =>
        finish(() =>
          fail(
            error.code === "ERR_WORKER_OUT_OF_MEMORY"
              ? new Error("decoding it takes more memory than its size can explain: it is damaged", {
                  cause: error,
                })
              : error,
          ),
        );
      const onExit = () => finish(() => fail(new Error("its decoder ended")));
      // The answer may lie in the queue while this thread was busy with something else: it is looked at once more.
      const late = () => {
        timer = setTimeout(() => {
          this.end();
          finish(() => fail(new Error("decoding it does not come to an end: it is damaged")));
        }, 250);
      };
      let timer = setTimeout(late, limit);
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      if (job) worker.postMessage(job, transfer);
    });
  }

  /** Done with its file: kept for the next, where it is idle and not grown by a large one. */
  async release(): Promise<void> {
    if (this.isDead || this.pending > 0 || this.heap > keptHeap || spare) return this.end();
    this.worker.postMessage({ close: true });
    this.worker.unref();
    spare = this;
  }

  private async end(): Promise<void> {
    this.isDead = true;
    await this.worker.terminate();
  }
}

/** hyparquet's messages as clauses about the file. */
function clause(message: string): string {
  if (/^(it|its|row group) /.test(message)) return message;
  // Its own words say where; those of JavaScript ("map is not a function") only that it lost its way.
  if (!/^parquet (?!.*\bundefined\b)/.test(message)) return "it is damaged";
  return `it is damaged (${message.trim().split("\n")[0].slice(0, 200)})`;
}
