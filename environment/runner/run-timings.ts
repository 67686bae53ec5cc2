import { readFileSync } from "node:fs";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { paths } from "../../lib/files/paths.js";

/** Seconds of each cell in the last run that reached it, by notebook and settings: what an ETA is made of. */
type Timings = Record<string, Record<string, number>>;

const file = () => paths.cache("run-timings.json");

export function readTimings(): Timings {
  try {
    return Object(JSON.parse(readFileSync(file(), "utf8"))) as Timings;
  } catch {
    return {}; // none yet, or not readable: an ETA is only a comfort
  }
}

/** Keeps `seconds` (by cell id) for the next run; cells not reached this time keep their older value. */
export async function keepTimings(key: string, seconds: Record<string, number>): Promise<void> {
  const all = readTimings();
  const rounded = Object.fromEntries(
    Object.entries(seconds).map(([id, s]) => [id, Math.round(s * 100) / 100]),
  );
  all[key] = { ...all[key], ...rounded };
  await atomicWrite(file(), `${JSON.stringify(all, null, 1)}\n`);
}

/** One entry for each notebook, profile and dataset, since these decide how long a cell takes. */
export function timingKey(notebook: string, env: Record<string, string>): string {
  return [notebook, env.LATENT_SKY_PROFILE, env.LATENT_SKY_DATASET].filter(Boolean).join(" ");
}
