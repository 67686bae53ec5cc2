import { readFileSync, unlinkSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./atomic-write.js";
import { beatMs, startBeat } from "./lock-beat.js";
import { isGone, type LockOwner, newLockOwner, parseLockOwner, thisPlace } from "./lock-owner.js";
import { sweepTemporary, temporaryName } from "./temporary-name.js";
import { writeError } from "./write-error.js";

/** What a task can ask of the lock it runs under. */
export interface Lock {
  /** Fails where another process took the lock over, which happens to one that was frozen for minutes. */
  check(): Promise<void>;
}

export interface LockOptions {
  signal?: AbortSignal;
  /** Told once, after two seconds of waiting; by default it is written to the console. */
  onWait?: (sentence: string) => void;
  /** Milliseconds without a sign of life after which an owner on another machine counts as dead. */
  silentMs?: number;
}

/** Eight beats: longer than any network file system keeps an old time in its cache. */
const defaultSilentMs = 8 * beatMs;

/**
 * Runs `task` while no other process runs one for the same `path`; the others wait, and say so.
 *
 * The lock is a file, `path`.lock, that appears with its content at once (a hard link, which network file systems
 * make exclusively too; nothing of flock is used) and says who holds it. An owner that died is told by its process
 * number on the same machine, at once, and on another by the absence of the signs of life that every owner gives
 * (`lock-beat.ts`), after two minutes. Its lock is then replaced in one step by the new owner's.
 */
export async function withLock<T>(
  path: string,
  task: (lock: Lock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const file = `${path}.lock`;
  const owner = await take(file, path, options);
  const endBeat = startBeat(file, owner.nonce);
  held.set(file, owner.nonce);
  const mine = async () =>
    parseLockOwner(await readFile(file, "utf8").catch(() => ""))?.nonce === owner.nonce;
  try {
    return await task({
      async check() {
        if (await mine()) return;
        throw new Error(
          `Another process took over ${path} while this one gave no sign of life: nothing was written; run it again.`,
        );
      },
    });
  } finally {
    endBeat();
    held.delete(file);
    if (await mine()) await unlink(file).catch(() => {});
  }
}

/** Locks that this process holds, with their nonces: one that ends on its own leaves none behind. */
const held = new Map<string, string>();
process.on("exit", () => {
  for (const [file, nonce] of held)
    try {
      if (readFileSync(file, "utf8").includes(nonce)) unlinkSync(file);
    } catch {
      // another process will see that this one is gone
    }
});

async function take(file: string, path: string, options: LockOptions): Promise<LockOwner> {
  const { signal, silentMs = defaultSilentMs, onWait = (sentence) => console.warn(sentence) } = options;
  const owner = newLockOwner();
  const draft = temporaryName(file);
  const watch = new Watch();
  const began = performance.now();
  let told = false;
  try {
    await makeFolder(dirname(file));
    await sweepTemporary(file);
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(`${JSON.stringify(owner)}\n`);
    } finally {
      await handle.close();
    }
    for (let pause = 5; ; pause = Math.min(pause * 1.5, 500)) {
      signal?.throwIfAborted();
      if (await linkNew(draft, file)) break;
      const text = await readFile(file, "utf8").catch(() => null);
      if (text === null) continue; // released meanwhile
      const holder = parseLockOwner(text);
      const silent = await watch.silentFor(file, text);
      const gone = holder ? isGone(holder) : false;
      if ((gone || silent > silentMs) && (await replaceDead(draft, file, text, silentMs))) break;
      if (!told && performance.now() - began > 2000) {
        told = true;
        onWait(waitingFor(path, holder));
      }
      await sleep(pause, undefined, { signal });
    }
    return owner;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw writeError(path, error);
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** Gives the draft the lock's name where nothing has it yet. */
async function linkNew(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The answer of a network file system may be lost when the link was made: the count of names tells.
    if (code === "EEXIST") return (await stat(draft)).nlink === 2;
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes(code ?? "")) throw error;
  }
  // A file system without hard links: the name is exclusive there too, only its content comes a moment later.
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(await readFile(draft));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Puts the draft in the place of a dead owner's lock. Of several that wait one gets the guard and looks again: the
 * lock never has no file, so nobody takes it anew meanwhile. False where it was not dead any more, or not this one.
 */
async function replaceDead(draft: string, file: string, dead: string, silentMs: number): Promise<boolean> {
  const guard = `${file}.takeover`;
  try {
    await (await open(guard, "wx")).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Held for a millisecond: one that is old was left by a process killed in just that.
    const left = await stat(guard).catch(() => null);
    if (left && Date.now() - left.mtimeMs > silentMs) await rm(guard, { force: true });
    return false;
  }
  try {
    if ((await readFile(file, "utf8").catch(() => null)) !== dead) return false;
    await rename(draft, file);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/** How long a lock file has stayed the same, by this process's own clock: the clocks of two machines differ. */
class Watch {
  private seen = "";
  private since = 0;

  async silentFor(file: string, text: string): Promise<number> {
    const time = await stat(file).then(
      (s) => s.mtimeMs,
      () => 0,
    );
    const now = performance.now();
    if (this.seen !== `${text} ${time}`) {
      this.seen = `${text} ${time}`;
      this.since = now;
    }
    return now - this.since;
  }
}

function waitingFor(path: string, holder: LockOwner | null): string {
  if (!holder) return `Waiting for another process that writes ${path}.`;
  const who =
    holder.place === thisPlace() && holder.pid === process.pid
      ? "another cell of this process"
      : `process ${holder.pid} on ${holder.host}`;
  return `Waiting for ${who}, which has been writing ${path} since ${holder.since}.`;
}
