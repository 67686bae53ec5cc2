import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a lock: what its file says, so that another process can tell whether the owner still lives. */
export interface LockOwner {
  /** One of a kind for each lock taken. */
  nonce: string;
  /** For a person. */
  host: string;
  /** Where process numbers mean the same: one boot of one machine and one of its process namespaces. */
  place: string;
  pid: number;
  /** When that process began, in the kernel's own count: a number that was given away again is another process. */
  began: string | null;
  /** ISO 8601. */
  since: string;
}

/** This process as an owner. */
export function newLockOwner(): LockOwner {
  return {
    nonce: randomUUID(),
    host: hostname(),
    place: thisPlace(),
    pid: process.pid,
    began: processState(process.pid)?.began ?? null,
    since: new Date().toISOString(),
  };
}

/** What a lock file says, or null where it says nothing that can be read (it is just being written, or damaged). */
export function parseLockOwner(text: string): LockOwner | null {
  try {
    const owner = JSON.parse(text) as LockOwner;
    const whole = typeof owner.nonce === "string" && typeof owner.place === "string";
    return whole && Number.isInteger(owner.pid) ? owner : null;
  } catch {
    return null;
  }
}

/** Whether the owner's process is gone for certain; false where it lives, or lives where this cannot be seen. */
export function isGone(owner: LockOwner): boolean {
  if (owner.place !== thisPlace()) return false;
  if (!isRunning(owner.pid)) return true;
  // The number may have been given away again; without /proc no more can be known.
  const began = processState(owner.pid)?.began;
  return began !== undefined && owner.began !== null && began !== owner.began;
}

/** Whether process `pid` of this place is there; a process number of another place means nothing here. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return !processState(pid)?.dead;
}

let place: string | null = null;

/** The name of the place where this process's number is valid. */
export function thisPlace(): string {
  place ??= [
    hostname(),
    readOr("", () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    readOr("", () => readlinkSync("/proc/self/ns/pid")),
  ].join(" ");
  return place;
}

/** From Linux's /proc/PID/stat: fields 3 (state) and 22 (start time); the name in field 2 may hold anything. */
function processState(pid: number): { began: string; dead: boolean } | null {
  const text = readOr(null, () => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { began: fields[19], dead: fields[0] === "Z" || fields[0] === "X" };
}

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
