import { join } from "node:path";
import type { CutoutPlace } from "../data/cutouts/place-sources.js";
import { NpyFile } from "../data/tables/npy.js";
import { readTable } from "../data/tables/read-table.js";
import { readKeptSources, shardPaths } from "./shard-files.js";
import { type SurveyPlan, sourcesPath } from "./survey-plan.js";

/** A source with features, and where they are. */
export interface FoundSource {
  shard: number;
  /** Row of the shard's components and table. */
  row: number;
  place: CutoutPlace;
  components: Float32Array;
}

/** The sources of these ids; fails with the first that the survey does not have, or has no features of. */
export async function findSources(
  folder: string,
  plan: SurveyPlan,
  ids: readonly string[],
): Promise<Map<string, FoundSource>> {
  const wanted = new Set(ids);
  const found = new Map<string, FoundSource>();
  for (const shard of plan.shards.keys()) {
    if (found.size === wanted.size) break;
    // The ids alone first: most shards have none of them.
    const table = await readTable(sourcesPath(folder, shard), undefined, { columns: ["id"] });
    if (!table.text.get("id")!.some((name) => wanted.has(name))) continue;
    const sources = await readKeptSources(folder, shard);
    const file = await NpyFile.open(join(folder, shardPaths(shard).components)).catch((cause) => {
      throw new Error(`Shard ${shard} has no components yet; run the survey first.`, { cause });
    });
    try {
      for (const [row, place] of sources.entries())
        if (wanted.has(place.id)) {
          const { data } = await file.rows(row, row + 1);
          found.set(place.id, { shard, row, place, components: data as Float32Array });
        }
    } finally {
      await file.close();
    }
  }
  const absent = ids.find((id) => !found.has(id));
  if (absent !== undefined)
    throw new Error(
      `The survey has no source "${absent}" with an image; ids are those of ${plan.catalogue}.`,
    );
  return found;
}
