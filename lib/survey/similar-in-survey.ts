import { join } from "node:path";
import { similarDefaults } from "../discovery/similar.js";
import { LowestK } from "../lowest-k.js";
import { NeighbourIndex } from "../models/neighbour-index.js";
import { findSources } from "./find-source.js";
import { npyBlocks, readKeptSources, shardPaths } from "./shard-files.js";
import { readPlan } from "./survey-plan.js";

/** A source and how far its features are from those asked for. */
export interface SimilarSource {
  id: string;
  ra: number;
  dec: number;
  distance: number;
}

/**
 * Section 7.2 over a whole survey: the `k` sources nearest to one in the space of the components, nearest first, of
 * equals in the survey's order. Exact: every shard is passed through once, block by block, with the best in a heap;
 * a survey above 10^7 sources asks the index of each shard instead.
 */
export async function similarInSurvey(
  folder: string,
  id: string,
  k = similarDefaults.k,
): Promise<SimilarSource[]> {
  const plan = await readPlan(folder);
  const query = (await findSources(folder, plan, [id])).get(id)!;
  const best = new LowestK(k + 1);
  const starts: number[] = [];
  let rows = 0;
  for (const shard of plan.shards.keys()) {
    starts.push(rows);
    if (plan.index) {
      const index = await NeighbourIndex.load(join(folder, shardPaths(shard).index));
      for (const { row, square } of index.search(query.components, k + 1)) best.push(square, rows + row);
      rows += index.rows;
      continue;
    }
    for await (const { data, shape } of npyBlocks(join(folder, shardPaths(shard).components))) {
      const [n, d] = shape;
      for (let i = 0, at = 0; i < n; i++) {
        let square = 0;
        for (let j = 0; j < d; j++, at++) square += (data[at] - query.components[j]) ** 2;
        best.push(square, rows++);
      }
    }
  }
  const self = starts[query.shard] + query.row;
  const nearest = best
    .sorted()
    .filter(({ name }) => name !== self)
    .slice(0, k);
  const found: SimilarSource[] = [];
  for (const { name, value } of nearest) {
    const shard = starts.findLastIndex((start) => start <= name);
    const { id: theirs, ra, dec } = (await readKeptSources(folder, shard))[name - starts[shard]];
    found.push({ id: theirs, ra, dec, distance: Math.sqrt(value) });
  }
  return found;
}
