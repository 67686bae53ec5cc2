/**
 * One point of the memory curve of `preprocess`, in a process of its own so that the peak is this point's:
 * `node --import tsx bench/preprocess-memory.ts <folder of images> <count>` preprocesses `count` images, the folder's
 * again and again under ids of their own, and prints {"megabytes"}: the peak of the process.
 */

import type { Dataset } from "../lib/data/dataset.js";
import { openDataset } from "../lib/data/open-dataset.js";
import { peakMemory } from "../lib/peak-memory.js";
import { preprocess } from "../lib/preprocess/preprocess.js";

async function main(folder: string, count: number): Promise<void> {
  const images = await openDataset(folder);
  const survey: Dataset = {
    ...images,
    length: count,
    ids: Array.from({ length: count }, (_, i) => `g${i}`),
    image: (i) => images.image(i % images.length),
  };
  const { stack } = await preprocess(survey, { size: 300 });
  await stack.close();
  await images.close();
  console.log(JSON.stringify({ megabytes: peakMemory() }));
}

const [folder, count] = process.argv.slice(2);
if (process.argv[1]?.endsWith("preprocess-memory.ts")) main(folder, Number(count));
