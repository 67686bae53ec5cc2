import { inParallel } from "../files/in-parallel.js";
import type { OnProgress } from "../progress-event.js";
import type { Skipped } from "./archives/archive.js";
import type { Dataset } from "./dataset.js";

export interface DatasetReport {
  /** Images that decode. */
  decoded: number;
  /** What the dataset left out when it was opened, then the images that do not decode, each with the reason. */
  skipped: Skipped[];
  /** Images that decode and may not be what was saved (`PixelImage.doubt`). */
  doubtful: Skipped[];
}

/** Decodes every image once: after this, each image of a dataset has either decoded or is listed with its reason. */
export async function checkDataset(
  dataset: Dataset,
  options: { concurrency?: number; onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<DatasetReport> {
  const skipped = new Map<number, Skipped>();
  const doubtful = new Map<number, Skipped>();
  let done = 0;
  await inParallel(
    dataset.length,
    options.concurrency ?? 8,
    async (i) => {
      try {
        const { doubt } = await dataset.image(i);
        if (doubt !== undefined) doubtful.set(i, { name: dataset.ids[i], reason: doubt });
      } catch (error) {
        skipped.set(i, { name: dataset.ids[i], reason: (error as Error).message });
      }
      options.onProgress?.({ done: ++done, total: dataset.length, note: `${skipped.size} skipped` });
    },
    options.signal,
  );
  const inOrder = (found: ReadonlyMap<number, Skipped>) =>
    [...found].sort(([a], [b]) => a - b).map(([, image]) => image);
  return {
    decoded: dataset.length - skipped.size,
    skipped: [...(dataset.skipped ?? []), ...inOrder(skipped)],
    doubtful: inOrder(doubtful),
  };
}
