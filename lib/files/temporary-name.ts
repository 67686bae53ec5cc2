import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digest } from "../digest.js";
import { isRunning, thisPlace } from "./lock-owner.js";

/** A name beside `path` for what is not whole yet: it says whose it is, so that what a killed process left can go. */
export function temporaryName(path: string): string {
  return `${path}.${shortPlace()}-${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

const pattern = /\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/;
/** After so long nobody writes on, wherever the process was. */
const oldMs = 24 * 3600 * 1000;
const swept = new Set<string>();

/**
 * Removes what killed processes left in the folder of `path`: temporary files of processes that are gone from this
 * machine, and those of other machines that are a day old. Once a folder and process; whatever fails is left alone.
 */
export async function sweepTemporary(path: string): Promise<void> {
  const folder = dirname(path);
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const [, place, pid] = pattern.exec(name) ?? [];
    if (!place) continue;
    const file = join(folder, name);
    const age = async () =>
      Date.now() -
      (await stat(file).then(
        (s) => s.mtimeMs,
        () => Date.now(),
      ));
    const left = place === shortPlace() ? !isRunning(Number(pid)) : (await age()) > oldMs;
    if (left) await rm(file, { force: true }).catch(() => {});
  }
}

let short: string | null = null;
function shortPlace(): string {
  short ??= digest(thisPlace(), 8);
  return short;
}
