import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy, writeNpy, writeNpyRows } from "../data/tables/npy.js";
import { atomicWrite } from "../files/atomic-write.js";
import { type Matrix, takeRows } from "../matrix.js";
import { BayesianGaussianMixture } from "../models/bayesian-gaussian-mixture.js";
import { type Moments, mergeMoments, rowBlock } from "../models/covariance.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { mixtureOverBlocks } from "../models/mixture-over-blocks.js";
import { NeighbourIndex } from "../models/neighbour-index.js";
import { Pca } from "../models/pca.js";
import { umap } from "../models/umap.js";
import type { OnProgress } from "../progress-event.js";
import { modelPaths, npyBlocks, readKeptSources, readMoments, shardPaths } from "./shard-files.js";
import type { SurveyPlan } from "./survey-plan.js";

interface StageOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}
interface Made {
  paths: string[];
  counts: Record<string, number>;
}

/** Width of the features: what `resnet18` gives. */
const FEATURES = 512;
/** Rows on which the k-means starts of the mixture are tried; all others join in the iterations that follow. */
const START_ROWS = 100_000;
/** Rows handled at once. */
const BLOCK = 16_384;

/** Section 4.2 from the moments of all shards, merged in their order: the bits do not depend on who came first. */
export async function surveyPca(folder: string, plan: SurveyPlan): Promise<Made> {
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
export async function shardComponents(folder: string, plan: SurveyPlan, shard: number): Promise<Made> {
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

/**
 * Section 6 on the sample: starts on its first rows, then EM over all of it; and the landmarks' UMAP (section 3), among
 * which every other row is placed.
 */
export async function surveyModels(
  folder: string,
  plan: SurveyPlan,
  options: StageOptions = {},
): Promise<Made> {
  const { x } = await readSample(folder, plan, plan.sample);
  const [n, k] = x.shape;
  if (n < 3) throw new Error(`The survey has ${n} sources with features; at least three are needed.`);
  const { weightConcentrationPrior, maxIter } = mixtureDefaults;
  const nComponents = Math.min(plan.clusters, Math.floor(n / 2));
  const settings = { nComponents, weightConcentrationPrior, maxIter, seed: plan.seed };
  const first = rowBlock(x, 0, Math.min(n, START_ROWS));
  let mixture = new BayesianGaussianMixture({ ...settings, nInit: plan.starts }).fit(first, options);
  if (n > START_ROWS) mixture = await mixtureOverBlocks(() => matrixBlocks(x), mixture, options);
  await atomicWrite(join(folder, modelPaths.mixture), `${JSON.stringify(mixture)}\n`);

  const landmarks = rowBlock(x, 0, Math.min(n, plan.landmarks));
  const plane = await umap(landmarks, { seed: plan.seed, ...options });
  const m = landmarks.shape[0];
  const both = new Float32Array(m * (k + 2));
  for (let i = 0; i < m; i++) {
    both.set(landmarks.data.subarray(i * k, (i + 1) * k), i * (k + 2));
    both.set(plane.data.subarray(2 * i, 2 * i + 2), i * (k + 2) + k);
  }
  await writeNpyRows(join(folder, modelPaths.landmarks), [m, k + 2], [both]);
  return {
    paths: [modelPaths.mixture, modelPaths.landmarks],
    counts: {
      rows: n,
      iterations: mixture.nIter,
      clusters: mixture.weights.filter((w) => w > 1e-3).length,
      landmarks: m,
    },
  };
}

function* matrixBlocks(x: Matrix): Generator<Matrix> {
  for (let from = 0; from < x.shape[0]; from += BLOCK)
    yield rowBlock(x, from, Math.min(x.shape[0], from + BLOCK));
}

/** 48 bits of an id's SHA-256, as a number from 0 to 2^48 - 1. */
function hashOf(id: string): number {
  return createHash("sha256").update(id).digest().readUIntBE(0, 6);
}

/** Rows below it are a little more than the sample, for it to be chosen from; all rows where it is nearly all. */
function hashLimit({ sample, sources }: SurveyPlan): number {
  // Six standard deviations of a binomial count: fewer than the sample do not happen.
  const share = (sample + 6 * Math.sqrt(sample) + 10) / sources;
  return share >= 1 ? 2 ** 48 : share * 2 ** 48;
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
