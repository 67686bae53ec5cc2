import { join } from "node:path";
import { readTable } from "../data/tables/read-table.js";
import { type ParquetColumn, writeParquet } from "../data/tables/write-parquet.js";
import { atomicWrite } from "../files/atomic-write.js";
import { LowestK } from "../lowest-k.js";
import type { StageOutput } from "./receipts.js";
import { mergedPaths, shardPaths } from "./shard-files.js";
import { type SurveyPlan, weightsOf } from "./survey-plan.js";

/** How many of the highest scores the summary names. */
const BEST = 1000;
const INTEGERS = new Set(["cluster"]);
const DOUBLES = new Set(["ra", "dec"]);

/** What a survey found, in short. */
export interface SurveySummary {
  sources: number;
  outside: number;
  /** Sources of each cluster. */
  clusters: number[];
  /** The highest scores, highest first, of equals in the order of the table; empty without labels. */
  best: { id: string; ra: number; dec: number; score: number; cluster: number }[];
}

/**
 * The shards as one parquet table, a row group each, and a summary of it. One shard is in memory at a time; the best
 * are kept in a heap.
 */
export async function mergeShards(folder: string, plan: SurveyPlan): Promise<StageOutput> {
  const best = new LowestK(BEST);
  const candidates = new Map<number, SurveySummary["best"][number]>();
  const clusters: number[] = [];
  let rows = 0;
  async function* groups(): AsyncGenerator<ParquetColumn[]> {
    for (const shard of plan.shards.keys()) {
      const columns = await shardColumns(folder, shard);
      const [id, ra, dec, cluster, score] = ["id", "ra", "dec", "cluster", "score"].map(
        (name) => columns.find((c) => c.name === name)!.data,
      );
      for (let i = 0; i < id.length; i++) {
        const c = cluster[i] as number;
        clusters[c] = (clusters[c] ?? 0) + 1;
        best.push(-(score[i] as number), rows + i);
      }
      // Only those that are among the best so far need their names.
      for (const { name } of best.sorted())
        if (name >= rows) {
          const i = name - rows;
          candidates.set(name, {
            id: id[i] as string,
            ra: ra[i] as number,
            dec: dec[i] as number,
            score: score[i] as number,
            cluster: cluster[i] as number,
          });
        }
      rows += id.length;
      yield columns;
    }
  }
  await writeParquet(join(folder, mergedPaths.table), groups(), {
    "latent-sky": JSON.stringify({ survey: plan.key, weights: weightsOf(plan), precision: plan.precision }),
  });
  const summary: SurveySummary = {
    sources: rows,
    outside: plan.outside,
    clusters: Array.from(clusters, (c) => c ?? 0),
    best: best.sorted().map(({ name }) => candidates.get(name)!),
  };
  await atomicWrite(join(folder, mergedPaths.summary), `${JSON.stringify(summary)}\n`);
  return { paths: [mergedPaths.table, mergedPaths.summary], counts: { rows } };
}

async function shardColumns(folder: string, shard: number): Promise<ParquetColumn[]> {
  const table = await readTable(join(folder, shardPaths(shard).table));
  return table.names.map((name): ParquetColumn => {
    const numbers = table.numeric.get(name);
    // A shard of which nothing could be read has no rows, and its columns all read as numbers.
    if (name === "id") return { name, type: "STRING", data: table.text.get(name) ?? [] };
    if (DOUBLES.has(name)) return { name, type: "DOUBLE", data: numbers! };
    if (INTEGERS.has(name)) return { name, type: "INT32", data: Int32Array.from(numbers!) };
    return { name, type: "FLOAT", data: Float32Array.from(numbers!) };
  });
}
