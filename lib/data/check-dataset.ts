import { inParallel } from "../files/in-parallel.js";
import type { OnProgress } from "../progress-event.js";
import type { Skipped } from "./archives/archive.js";
import type { Dataset } from "./dataset.js";

export interface DatasetReport {
  /** Images that decode. */
  decoded: number;
  /** What the dataset left out when it was opened, then the images that do not decode, each with the reason. */
  skipped: Skipped[];
}

/** Decodes every image once: after this, each image of a dataset has either decoded or is listed with its reason. */
export async function checkDataset(
  dataset: Dataset,
  options: { concurrency?: number; onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<DatasetReport> {
  const skipped = new Map<number, Skipped>();
  let done = 0;
  await inParallel(
    dataset.length,
    options.concurrency ?? 8,
    async (i) => {
      try {
        await dataset.image(i);
      } catch (error) {
        skipped.set(i, { name: dataset.ids[i], reason: (error as Error).message });
      }
      options.onProgress?.({ done: ++done, total: dataset.length, note: `${skipped.size} skipped` });
    },
    options.signal,
  );
  return {
    decoded: dataset.length - skipped.size,
    skipped: [...(dataset.skipped ?? []), ...[...skipped].sort(([a], [b]) => a - b).map(([, skip]) => skip)],
  };
}
