/**
 * A kernel whose starter died must not stay behind, however early that was and whatever a cell computes: a thread of
 * its own, started before anything is loaded, looks after the starter twice a second. The kernel then ends by itself
 * where it can, and is killed two seconds later where it cannot. Plain JavaScript: TypeScript takes seconds to load.
 */
const { rmSync } = require("node:fs");
const { basename, dirname } = require("node:path");
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");

/**
 * `parent` is the parent's number as the launcher found it. Runner and Jupyter name themselves in the environment too
 * (LATENT_SKY_STARTER, JPY_PARENT_PID), in case they died before even that.
 */
function watchStarter(parent, connectionFile) {
  const named = Number(process.env.LATENT_SKY_STARTER || process.env.JPY_PARENT_PID) || null;
  delete process.env.LATENT_SKY_STARTER; // it is not the starter of what a cell starts
  const folder = dirname(connectionFile);
  const own = basename(folder).startsWith("latent-sky-kernel-") ? folder : null;
  const watch = new Worker(__filename, { workerData: { parent, named, own }, execArgv: [] });
  const { exit } = process; // cells find another one (kernel.ts)
  watch.on("message", () => exit.call(process, 0));
  watch.unref();
}

function isThere(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

function look() {
  const { parent, named, own } = workerData;
  if (process.ppid === parent && (named === null || isThere(named))) return;
  if (own) rmSync(own, { recursive: true, force: true });
  parentPort.postMessage("the starter is gone");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 2000);
  clearInterval(timer);
}

const timer = isMainThread ? undefined : setInterval(look, 500);
if (isMainThread) module.exports = { watchStarter };
else look();
