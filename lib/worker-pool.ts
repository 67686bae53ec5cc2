import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { moduleFile } from "./package-root.js";

const workerStart = new URL("./worker-start.mjs", import.meta.url);

/**
 * Worker threads that run `work(job, context)`, exported by the module at `module` (its path within lib, without extension).
 * Jobs wait for a free thread in the order they were given; each thread has one more in hand than it works on. A job
 * that throws rejects its own promise; a thread that dies rejects them all. Threads without a job do not keep the
 * process alive.
 */
export class WorkerPool<Job, Result> {
  readonly threads: number;
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly waiting: { index: number; job: Job }[] = [];
  private readonly pending = new Map<number, { done: (r: Result) => void; fail: (e: Error) => void }>();
  private jobs = 0;
  private broken: Error | null = null;

  constructor(module: string, context: unknown = null, threads = availableParallelism()) {
    this.threads = Math.max(1, threads);
    for (let t = 0; t < this.threads; t++) {
      const worker = new Worker(workerStart, {
        workerData: { module: moduleFile(module), context },
        execArgv: [],
      });
      worker.unref();
      this.workers.push(worker);
      worker.on("error", (error) => this.fail(error));
      worker.on("exit", (code) => this.fail(new Error(`A worker thread of ${module} ended (code ${code}).`)));
      worker.on("message", (m: { ready?: true; index: number; result: Result; error?: string }) => {
        this.idle.push(worker);
        if (m.ready) this.idle.push(worker);
        this.feed();
        const job = this.pending.get(m.index);
        if (this.pending.delete(m.index) && !this.pending.size) for (const w of this.workers) w.unref();
        if (m.error !== undefined) job?.fail(new Error(m.error));
        else job?.done(m.result);
      });
    }
  }

  run(job: Job): Promise<Result> {
    if (this.broken) return Promise.reject(this.broken);
    return new Promise((done, fail) => {
      const index = this.jobs++;
      if (!this.pending.size) for (const worker of this.workers) worker.ref();
      this.pending.set(index, { done, fail });
      this.waiting.push({ index, job });
      this.feed();
    });
  }

  /** Why the pool runs nothing any more: a thread of it died. `run` rejects with this very error. */
  get failure(): Error | null {
    return this.broken;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.removeAllListeners();
    this.fail(new Error("The worker threads were stopped."));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private feed(): void {
    while (this.idle.length && this.waiting.length) {
      this.idle.shift()!.postMessage(this.waiting.shift());
    }
  }

  private fail(error: Error): void {
    this.broken ??= error;
    for (const { fail } of this.pending.values()) fail(this.broken);
    this.pending.clear();
  }
}
