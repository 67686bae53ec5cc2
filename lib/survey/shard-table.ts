import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy } from "../data/tables/npy.js";
import { type ParquetColumn, writeParquet } from "../data/tables/write-parquet.js";
import type { Matrix } from "../matrix.js";
import { BayesianGaussianMixture } from "../models/bayesian-gaussian-mixture.js";
import { rowBlock } from "../models/covariance.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import { placeOnUmap } from "../models/umap-place.js";
import type { StageOutput } from "./receipts.js";
import { modelPaths, readKeptSources, shardPaths } from "./shard-files.js";
import { type SurveyPlan, weightsOf } from "./survey-plan.js";
import { scoreModelPath } from "./survey-stages.js";

/** Rows placed among the landmarks at once: 4096 x 10 000 distances are 330 MB nowhere, the search goes in blocks. */
const BLOCK = 4096;

/**
 * The columns of a shard: id, ra, dec, cluster and its probability, the place in the plane, the score where labels were
 * given (NaN else), the components.
 */
export async function shardTable(folder: string, plan: SurveyPlan, shard: number): Promise<StageOutput> {
  const paths = shardPaths(shard);
  const sources = await readKeptSources(folder, shard);
  const x = await readNpy(join(folder, paths.components));
  const [n, k] = x.shape;
  if (n !== sources.length)
    throw new Error(
      `Shard ${shard} has ${sources.length} sources and ${n} rows of components; its features were made again, run the stage components.`,
    );
  const mixture = BayesianGaussianMixture.fromJSON(await json(join(folder, modelPaths.mixture)));
  const regression = existsSync(scoreModelPath(folder))
    ? GaussianProcessRegressor.fromJSON(await json(scoreModelPath(folder)))
    : null;
  const marks = await readLandmarks(folder, k);
  const cluster = new Int32Array(n);
  const probability = new Float32Array(n);
  const plane = new Float32Array(2 * n);
  const score = new Float32Array(n).fill(Number.NaN);
  const uncertainty = new Float32Array(n).fill(Number.NaN);
  for (let from = 0; from < n; from += BLOCK) {
    const block = rowBlock(x, from, Math.min(n, from + BLOCK));
    const { proba, labels } = mixture.assign(block);
    cluster.set(labels, from);
    for (let i = 0; i < labels.length; i++)
      probability[from + i] = proba.data[i * proba.shape[1] + labels[i]];
    plane.set(placeOnUmap(marks.x, marks.plane, block).data, 2 * from);
    if (regression) {
      const { mean, std } = regression.predict(block);
      score.set(mean, from);
      uncertainty.set(std, from);
    }
  }
  const columns: ParquetColumn[] = [
    { name: "id", type: "STRING", data: sources.map((s) => s.id) },
    { name: "ra", type: "DOUBLE", data: Float64Array.from(sources, (s) => s.ra) },
    { name: "dec", type: "DOUBLE", data: Float64Array.from(sources, (s) => s.dec) },
    { name: "cluster", type: "INT32", data: cluster },
    { name: "probability", type: "FLOAT", data: probability },
    { name: "umap_x", type: "FLOAT", data: plane.filter((_, i) => i % 2 === 0) },
    { name: "umap_y", type: "FLOAT", data: plane.filter((_, i) => i % 2 === 1) },
    { name: "score", type: "FLOAT", data: score },
    { name: "score_std", type: "FLOAT", data: uncertainty },
    ...Array.from({ length: k }, (_, c): ParquetColumn => {
      const data = new Float32Array(n);
      for (let i = 0; i < n; i++) data[i] = x.data[i * k + c];
      return { name: `pc${c + 1}`, type: "FLOAT", data };
    }),
  ];
  await writeParquet(join(folder, paths.table), [columns], {
    "latent-sky": JSON.stringify({
      survey: plan.key,
      shard,
      weights: weightsOf(plan),
      precision: plan.precision,
    }),
  });
  return { paths: [paths.table], counts: { rows: n } };
}

async function readLandmarks(folder: string, k: number): Promise<{ x: Matrix; plane: Matrix }> {
  const both = await readNpy(join(folder, modelPaths.landmarks));
  const m = both.shape[0];
  const x = new Float32Array(m * k);
  const plane = new Float32Array(2 * m);
  for (let i = 0; i < m; i++) {
    const row = both.data.subarray(i * (k + 2), (i + 1) * (k + 2));
    x.set(row.subarray(0, k), i * k);
    plane.set(row.subarray(k), 2 * i);
  }
  return { x: { data: x, shape: [m, k] }, plane: { data: plane, shape: [m, 2] } };
}

const json = async (path: string) => JSON.parse(await readFile(path, "utf8"));
