// The first code of every worker thread: TypeScript through tsx, then the module that does the work. A worker
// starts the same way under tsx and under tslab, which cannot hand its own loader to a thread.
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

// A checkout runs its TypeScript as it is, the package its compiled JavaScript.
if (workerData.module.endsWith(".ts")) (await import("tsx/esm/api")).register();
const { work } = await import(pathToFileURL(workerData.module).href);
parentPort.on("message", async ({ index, job }) => {
  try {
    const result = await work(job, workerData.context);
    // Pixels go back without a copy.
    const transfer = result?.data instanceof Uint8Array ? [result.data.buffer] : [];
    parentPort.postMessage({ index, result }, transfer);
  } catch (error) {
    parentPort.postMessage({ index, error: error instanceof Error ? error.message : String(error) });
  }
});
parentPort.postMessage({ ready: true });
