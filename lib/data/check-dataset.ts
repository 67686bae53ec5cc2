import { inParallel } from "../files/in-parallel.js";
import type { OnProgress } from "../progress-event.js";
import type { Skipped } from "./archives/archive.js";
import type { Dataset } from "./dataset.js";

export interface DatasetReport {
  /** Images that decode. */
  decoded: number;
  /** Images that do not, with the reason. */
  failed: Skipped[];
  /** What the dataset left out when it was opened, with the reason. */
  skipped: readonly Skipped[];
}

/** Decodes every image once: after this, each image of a dataset has either decoded or is listed with its reason. */
export async function checkDataset(
  dataset: Dataset,
  options: { concurrency?: number; onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<DatasetReport> {
  const failed = new Map<number, Skipped>();
  let done = 0;
  await inParallel(
    dataset.length,
    options.concurrency ?? 8,
    async (i) => {
      try {
        await dataset.image(i);
      } catch (error) {
        failed.set(i, { name: dataset.ids[i], reason: (error as Error).message });
      }
      options.onProgress?.({ done: ++done, total: dataset.length, note: `${failed.size} failed` });
    },
    options.signal,
  );
  return {
    decoded: dataset.length - failed.size,
    failed: [...failed].sort(([a], [b]) => a - b).map(([, reason]) => reason),
    skipped: dataset.skipped ?? [],
  };
}
