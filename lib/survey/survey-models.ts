import { join } from "node:path";
import { writeNpyRows } from "../data/tables/npy.js";
import { atomicWrite } from "../files/atomic-write.js";
import type { Matrix } from "../matrix.js";
import { BayesianGaussianMixture } from "../models/bayesian-gaussian-mixture.js";
import { rowBlock } from "../models/covariance.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { mixtureOverBlocks } from "../models/mixture-over-blocks.js";
import { umap } from "../models/umap.js";
import type { OnProgress } from "../progress-event.js";
import type { StageOutput } from "./receipts.js";
import { modelPaths } from "./shard-files.js";
import type { SurveyPlan } from "./survey-plan.js";
import { readSample } from "./survey-sample.js";

interface StageOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Rows on which the k-means starts of the mixture are tried; all others join in the iterations that follow. */
const START_ROWS = 100_000;
/** Rows handled at once. */
const BLOCK = 16_384;

/**
 * Section 6 on the sample: starts on its first rows, then EM over all of it; and the landmarks' UMAP (section 3), among
 * which every other row is placed.
 */
export async function surveyModels(
  folder: string,
  plan: SurveyPlan,
  options: StageOptions = {},
): Promise<StageOutput> {
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
