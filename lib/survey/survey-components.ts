import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNpy } from "../data/tables/npy.js";
import { atomicWrite } from "../files/atomic-write.js";
import { type Matrix, takeRows } from "../matrix.js";
import { type Moments, mergeMoments } from "../models/covariance.js";
import { NeighbourIndex } from "../models/neighbour-index.js";
import { Pca } from "../models/pca.js";
import type { StageOutput } from "./receipts.js";
import { modelPaths, npyBlocks, readKeptSources, readMoments, shardPaths } from "./shard-files.js";
import type { SurveyPlan } from "./survey-plan.js";
import { hashLimit, hashOf } from "./survey-sample.js";

/** Width of the features: what `resnet18` gives. */
const FEATURES = 512;
/** Rows projected at once. */
const BLOCK = 16_384;

/** Section 4.2 from the moments of all shards, merged in their order: the bits do not depend on who came first. */
export async function surveyPca(folder: string, plan: SurveyPlan): Promise<StageOutput> {
  let all: Moments = { n: 0, mean: new Float64Array(FEATURES), scatter: new Float64Array(FEATURES ** 2) };
  for (const k of plan.shards.keys())
    all = mergeMoments(all, await readMoments(join(folder, shardPaths(k).moments), FEATURES));
  const pca = Pca.fromMoments(all, { variance: plan.variance });
  await atomicWrite(join(folder, modelPaths.pca), `${JSON.stringify(pca)}\n`);
  return { paths: [modelPaths.pca], counts: { rows: all.n, components: pca.nComponents } };
}

const readPca = async (folder: string) =>
  Pca.fromJSON(JSON.parse(await readFile(join(folder, modelPaths.pca), "utf8")));

/** Components of a shard as 32-bit floats, and those of its rows that may be in the sample. */
export async function shardComponents(folder: string, plan: SurveyPlan, shard: number): Promise<StageOutput> {
  const paths = shardPaths(shard);
  const pca = await readPca(folder);
  const sources = await readKeptSources(folder, shard);
  const limit = hashLimit(plan);
  const hashes = sources.map(({ id }) => hashOf(id));
  const chosen = [...hashes.keys()].filter((i) => hashes[i] < limit);
  const k = pca.nComponents;
  const blocks: Float32Array[] = [];
  for await (const block of npyBlocks(join(folder, paths.features), BLOCK))
    blocks.push(Float32Array.from(pca.transform(block).data));
  const all: Matrix = { data: concatenated(blocks), shape: [sources.length, k] };
  await writeNpy(join(folder, paths.components), all);
  await writeNpy(join(folder, paths.sample), takeRows(all, chosen));
  const rows = { rows: chosen, hashes: chosen.map((i) => hashes[i]) };
  await atomicWrite(join(folder, paths.sampleRows), `${JSON.stringify(rows)}\n`);
  const made = [paths.components, paths.sample, paths.sampleRows];
  if (plan.index) {
    const index = await NeighbourIndex.build(all);
    await index.save(join(folder, paths.index));
    made.push(paths.index, `${paths.index}.json`);
  }
  return { paths: made, counts: { rows: sources.length, sample: chosen.length } };
}

function concatenated(blocks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(blocks.reduce((sum, b) => sum + b.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
