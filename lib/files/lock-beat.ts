import { Worker } from "node:worker_threads";

/** Milliseconds between two signs of life. */
export const beatMs = 15_000;

let thread: Worker | null = null;

/**
 * Signs of life of the locks this process holds: each file's time is set anew every fifteen seconds, until the
 * returned function is called. A thread of its own does it, because a cell may compute for minutes without a pause.
 */
export function startBeat(lock: string, nonce: string): () => void {
  if (!thread) {
    thread = new Worker(beats, { eval: true, execArgv: [], workerData: { beatMs } });
    // Without the thread the lock still holds: only another machine would think its owner dead.
    thread.on("error", () => {
      thread = null;
    });
    thread.unref();
  }
  thread.postMessage({ lock, nonce, held: true });
  return () => thread?.postMessage({ lock, nonce, held: false });
}

const beats = `
const { parentPort, workerData } = require("node:worker_threads");
const { readFileSync, utimesSync } = require("node:fs");
const held = new Map();
parentPort.on("message", (m) => {
  if (m.held) held.set(m.nonce, m.lock);
  else held.delete(m.nonce);
  beat();
});
setInterval(beat, workerData.beatMs);
function beat() {
  for (const [nonce, lock] of held) {
    try {
      if (readFileSync(lock, "utf8").includes(nonce)) utimesSync(lock, new Date(), new Date());
    } catch {}
  }
}
`;
