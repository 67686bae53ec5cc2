/**
 * One point of a scaling curve, in a process of its own so that the peak memory is this point's:
 * `node --import tsx bench/neighbours-scaling.ts umap|neighbours <rows>` prints {"seconds", "megabytes"}, the memory
 * being the peak of the whole process.
 */

import { nearestNeighbours } from "../lib/models/nearest-neighbours.js";
import { umap } from "../lib/models/umap.js";
import { peakMemory } from "../lib/peak-memory.js";
import { clusteredRows } from "./clustering-scaling.js";

const [stage, rows] = process.argv.slice(2);
if (process.argv[1]?.endsWith("neighbours-scaling.ts")) {
  const x = clusteredRows(Number(rows), 29, 12);
  const start = performance.now();
  if (stage === "umap") await umap(x, { nEpochs: 200 });
  else await nearestNeighbours(x, { k: 14 });
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, megabytes: peakMemory() }));
}
