import { downloadDataset } from "../data/download/download.js";
import { readManifest } from "../data/download/manifest.js";
import { mirabest } from "../data/releases/mirabest.js";

/** How long a slow or missing network may keep a notebook that could go on with the mock set. */
const PATIENCE_MS = 30_000;

/** Fetches MiraBest, 0.8 MB, to the downloads; rejects where that fails. */
async function fetchMiraBest(): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const manifest = await readManifest(mirabest.name);
  console.log(`Fetching ${manifest.source}; ${manifest.licence}, ${manifest.page}`);
  await downloadDataset(manifest, { attempts: 1, signal });
}

/**
 * Why the real radio set of section 8, MiraBest, cannot be studied here: null where it is on this machine, or has just
 * been fetched.
 */
export async function miraBestMissing(fetch = fetchMiraBest): Promise<string | null> {
  if (await mirabest.find()) return null;
  try {
    await fetch();
  } catch (error) {
    return `it is not on this machine, and fetching it failed: ${(error as Error).message}`;
  }
  return (await mirabest.find()) ? null : "it was fetched and is not where it should be";
}
