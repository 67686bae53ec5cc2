import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * Runs `work(job, context)`, exported by the module at `module` (a path from the project root), for every job on
 * worker threads. Each thread has at most two jobs in hand, and no further ones are taken from `jobs` while more than
 * a few results wait for `onResult`: memory stays bounded however many jobs there are. Results arrive in the order
 * they are finished; `onResult` is called one at a time. The first failing job, or an abort, ends the run.
 */
export async function runInWorkers<Job, Result>(options: {
  module: string;
  context: unknown;
  jobs: Iterable<Job>;
  onResult: (result: Result, index: number) => void | Promise<void>;
  threads?: number;
  signal?: AbortSignal;
}): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const jobs = options.jobs[Symbol.iterator]();
  let next = jobs.next();
  if (next.done) return;
  const threads = Math.max(1, options.threads ?? availableParallelism());
  const workers: Worker[] = [];
  let issued = 0;
  let finished = 0;
  let delivery: Promise<void> = Promise.resolve();
  const onAbort: { reject?: (reason: unknown) => void } = {};
  const aborted = () => onAbort.reject?.(signal!.reason);
  try {
    await new Promise<void>((done, fail) => {
      onAbort.reject = fail;
      signal?.addEventListener("abort", aborted);
      const feed = (worker: Worker) => {
        if (next.done) return;
        try {
          worker.postMessage({ index: issued++, job: next.value });
          next = jobs.next();
        } catch (error) {
          fail(error);
        }
      };
      const start = () => {
        const worker = new Worker(resolve("lib/worker-start.mjs"), {
          workerData: { module: resolve(options.module), context: options.context },
          execArgv: [],
        });
        workers.push(worker);
        worker.on("error", fail);
        worker.on("exit", (code) =>
          fail(new Error(`A worker thread of ${options.module} ended early (code ${code}).`)),
        );
        worker.on("message", (m: { ready?: true; index: number; result: Result; error?: string }) => {
          if (m.ready) {
            feed(worker);
            feed(worker);
          } else if (m.error !== undefined) fail(new Error(m.error));
          else
            delivery = delivery
              .then(() => options.onResult(m.result, m.index))
              .then(() => {
                finished++;
                feed(worker);
                if (next.done && finished === issued) done();
              })
              .catch(fail);
        });
      };
      for (let t = 0; t < threads; t++) start();
    });
  } finally {
    signal?.removeEventListener("abort", aborted);
    await Promise.all(
      workers.map((w) => {
        w.removeAllListeners();
        w.on("error", () => {});
        return w.terminate();
      }),
    );
  }
}
