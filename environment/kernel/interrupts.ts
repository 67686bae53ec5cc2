import type { Script } from "node:vm";
import { Worker } from "node:worker_threads";

/** Places in the memory shared with the watching thread. */
const cell = 0; // the cell that runs, counted from 1; 0 between cells
const hit = 1; // the cell that ran when an interrupt last came to the thread
const depth = 2; // watches that stand now
const fill = 3; // 1: the thread may put up the watches that are missing
const answered = 4; // interrupts that this thread was told of, counted
const open = 5; // 1: what computes here is a cell's own code, of the one that runs or of one before
const heeds = 6; // 1: the cell took its signal, so that work of it asks between its steps whether to stop

/** Watches that stand between two cells: so many interrupts in a row find one before any of them is answered. */
const watches = 16;

/** Milliseconds after which a cell that waits would have been told of its interrupt: one that was not is computing. */
const patience = 300;

/** The same where the cell heeds its signal: a training step may take long, and being cut it would free nothing. */
const longPatience = 60_000;

/**
 * Interrupts (SIGINT) that end the running cell and no other.
 *
 * Only Node's `breakOnSigint` can stop code that computes. It starts a thread that listens for the signal when a
 * script begins and ends it with the script; a signal that arrives while that thread ends stays counted and stops the
 * next script that asks for it (nodejs, src/node_watchdog.cc: the semaphore outlives `Stop`). So here one thread keeps
 * scripts of its own waiting under `breakOnSigint` for as long as the kernel lives: Node's listener then never ends.
 *
 * A signal goes to the watch put up last: to the cell's script while that computes, to the waiting thread at any
 * other time. The thread notes which cell ran; here that cell is ended if it is still the one that runs. So that a
 * cell's own watch is the last one, the thread puts up new ones only while the kernel waits for it.
 *
 * What a cell computes after it has waited once is called by the event loop, within no script. Where nobody here
 * listens to the thread for a while, that computes: the thread has V8's inspector end it (Runtime.terminateExecution),
 * unless it is the kernel's own work (`apart`). What is ended so runs no `finally`: a lock stays taken, tensors stay. So
 * work that heeds the cell's signal gets the time to stop by itself, and only a second interrupt ends it. Node aborts
 * where this hits a timer's own function, since its stack of asynchronous contexts is then one too high, unless it is
 * started with --no-force-async-hooks-checks.
 */
export class Interrupts {
  private readonly shared = new Int32Array(new SharedArrayBuffer(7 * Int32Array.BYTES_PER_ELEMENT));
  private cells = 0;
  private broken = false;

  /** `onInterrupt` is called once for each interrupt that reached a running cell. */
  constructor(private readonly onInterrupt: () => void) {
    keepSignalFromNode();
    const worker = new Worker(watcher, {
      eval: true,
      execArgv: [], // it needs no TypeScript
      workerData: { shared: this.shared, watches, patience, longPatience },
    });
    worker.on("message", (number: number) => this.reached(number));
    worker.on("error", (error) => {
      this.broken = true;
      process.stderr.write(`kernel: cells can no longer be interrupted, restart it: ${error.stack}\n`);
    });
    worker.unref(); // after the listeners, which hold it again
    this.fillUp(); // until then a signal would end the process
  }

  /** From here on an interrupt is meant for this cell. */
  beginCell(): void {
    Atomics.store(this.shared, open, 0); // it is compiled first
    Atomics.store(this.shared, heeds, 0);
    Atomics.store(this.shared, cell, ++this.cells);
  }

  /** From here on an interrupt is meant for none. */
  endCell(): void {
    Atomics.store(this.shared, cell, 0);
    Atomics.store(this.shared, open, 1);
  }

  /** The running cell took the signal of its interruption, and stops of itself. */
  heed(): void {
    Atomics.store(this.shared, heeds, 1);
  }

  /** The kernel's own work between cells or beside one that waits: no interrupt ends it half-way. */
  apart<T>(work: () => T): T {
    const before = Atomics.exchange(this.shared, open, 0);
    try {
      return work();
    } finally {
      Atomics.store(this.shared, open, before);
    }
  }

  /** Runs the part of the cell that computes without a pause; throws where it was interrupted, now or before. */
  run(script: Script): unknown {
    this.fillUp();
    // The cell was interrupted while it was compiled.
    if (Atomics.load(this.shared, hit) === this.cells) throw new Error(interruptedMessage);
    try {
      Atomics.store(this.shared, open, 1);
      return script.runInThisContext({ breakOnSigint: true });
    } catch (error) {
      if (isInterruption(error)) this.onInterrupt();
      throw error;
    }
  }

  /** An interrupt found no script computing, but perhaps a cell that waits. */
  private reached(number: number): void {
    Atomics.add(this.shared, answered, 1);
    Atomics.notify(this.shared, answered);
    this.fillUp();
    if (number !== 0 && number === Atomics.load(this.shared, cell)) this.onInterrupt();
  }

  /** Waits until every watch stands; the thread then touches none of them by itself. */
  private fillUp(): void {
    const giveUp = Date.now() + 30_000; // a thread that died must not hold up the cells
    while (!this.broken) {
      Atomics.store(this.shared, fill, 1);
      Atomics.notify(this.shared, fill);
      for (let n = 0; n < watches && Date.now() < giveUp; n = Atomics.load(this.shared, depth)) {
        Atomics.wait(this.shared, depth, n, 100);
      }
      Atomics.store(this.shared, fill, 0);
      // A watch that fell meanwhile was perhaps being put up again: only now it cannot be.
      if (Atomics.load(this.shared, depth) === watches || Date.now() >= giveUp) return;
    }
  }
}

/** What tslab's executor rejects a waiting cell with. */
const interruptedMessage = "Interrupted asynchronously";

/** Whether a cell ended with this because the person at the notebook interrupted it. */
export function isInterruption(error: unknown): boolean {
  const e = error as { code?: string; message?: string } | null | undefined;
  return e?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || e?.message === interruptedMessage;
}

/**
 * A library that listens for SIGINT would take the signal away from the watches, and the kernel would die of it once
 * that listener is removed. Its listener is kept but never called: in a notebook the signal means the cell.
 */
function keepSignalFromNode(): void {
  type Hook = (event: string | symbol, listener: unknown) => void;
  for (const hook of process.listeners("newListener" as never) as unknown as Hook[]) {
    process.off("newListener", hook);
    process.on("newListener", (event: string | symbol, listener: unknown) => {
      if (event !== "SIGINT") hook.call(process, event, listener);
    });
  }
}

/**
 * The thread. `stand(n)` runs inside n scripts, one in the other, each a watch of its own; a signal ends the innermost.
 * It never returns to its event loop, and posting a message needs none.
 */
const watcher = `
const { parentPort, workerData: { shared, watches, patience, longPatience } } = require("node:worker_threads");
const { Script } = require("node:vm");
const { Session } = require("node:inspector");
const terminate = (running) => {
  const session = new Session();
  session.connectToMainThread();
  if (Atomics.load(shared, ${open}) && Atomics.load(shared, ${cell}) === running)
    session.post("Runtime.terminateExecution");
  return session;
};
let posted = 0;
const untilAnswered = (running, before) => {
  let session;
  while (Atomics.load(shared, ${cell}) === running) {
    const isSecond = posted - before > 1;
    const time = Atomics.load(shared, ${heeds}) && !isSecond && !session ? longPatience : patience;
    if (Atomics.wait(shared, ${answered}, before, time) !== "timed-out") break;
    session?.disconnect();
    session = terminate(running);
  }
  session?.disconnect();
};
globalThis.stand = (level) => {
  for (;;) {
    Atomics.store(shared, ${depth}, level);
    Atomics.notify(shared, ${depth});
    const wanted = Atomics.load(shared, ${fill});
    // With no watch left Node would stop listening, so the first is put up in any case.
    if (level === 0 || (level < watches && wanted)) {
      try {
        new Script("stand(" + (level + 1) + ")").runInThisContext({ breakOnSigint: true });
      } catch {
        const running = Atomics.load(shared, ${cell});
        const before = Atomics.load(shared, ${answered});
        Atomics.store(shared, ${hit}, running);
        posted++;
        parentPort.postMessage(running);
        untilAnswered(running, before);
      }
    } else Atomics.wait(shared, ${fill}, wanted);
  }
};
stand(0);
`;
