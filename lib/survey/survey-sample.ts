import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy } from "../data/tables/npy.js";
import type { Matrix } from "../matrix.js";
import { shardPaths } from "./shard-files.js";
import type { SurveyPlan } from "./survey-plan.js";

/** A row of the sample: which row of which shard. */
export interface SampledRow {
  shard: number;
  row: number;
}

/** The `count` rows whose id hashes lowest, lowest first: the same sample whatever the shards. */
export async function readSample(
  folder: string,
  plan: SurveyPlan,
  count: number,
): Promise<{ x: Matrix; rows: SampledRow[] }> {
  const all: { hash: number; shard: number; at: number; row: number }[] = [];
  for (const shard of plan.shards.keys()) {
    const { rows, hashes } = JSON.parse(
      await readFile(join(folder, shardPaths(shard).sampleRows), "utf8"),
    ) as {
      rows: number[];
      hashes: number[];
    };
    for (const [at, row] of rows.entries()) all.push({ hash: hashes[at], shard, at, row });
  }
  all.sort((a, b) => a.hash - b.hash || a.shard - b.shard || a.at - b.at);
  all.length = Math.min(all.length, count);
  const places = new Map<number, [place: number, at: number][]>();
  for (const [place, { shard, at }] of all.entries()) {
    const list = places.get(shard) ?? [];
    list.push([place, at]);
    places.set(shard, list);
  }
  let data = new Float32Array(0);
  let k = 0;
  for (const [shard, list] of places) {
    const part = await readNpy(join(folder, shardPaths(shard).sample));
    if (!k) {
      k = part.shape[1];
      data = new Float32Array(all.length * k);
    }
    for (const [place, at] of list) data.set(part.data.subarray(at * k, (at + 1) * k), place * k);
  }
  return { x: { data, shape: [all.length, k] }, rows: all.map(({ shard, row }) => ({ shard, row })) };
}

/** 48 bits of an id's SHA-256, as a number from 0 to 2^48 - 1. */
export function hashOf(id: string): number {
  return createHash("sha256").update(id).digest().readUIntBE(0, 6);
}

/** Rows below it are a little more than the sample, for it to be chosen from; all rows where it is nearly all. */
export function hashLimit({ sample, sources }: SurveyPlan): number {
  // Six standard deviations of a binomial count: fewer than the sample do not happen.
  const share = (sample + 6 * Math.sqrt(sample) + 10) / sources;
  return share >= 1 ? 2 ** 48 : share * 2 ** 48;
}
