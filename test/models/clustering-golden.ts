import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Matrix } from "../../lib/matrix.js";

/** Values of scikit-learn and scipy; made by test/reference/clustering.py. */
export interface Golden {
  versions: Record<string, string>;
  special: { x: number[]; digamma: number[]; logGamma: number[] };
  mixtures: Record<string, MixtureCase>;
  pca: Record<string, PcaCase>;
  kMeans: Record<string, KMeansCase>;
  kde: Record<string, { values: number[]; bandwidth: number; grid: number[]; density: number[] }>;
}

interface Data {
  x: number[];
  shape: [number, number];
}

export interface MixtureCase extends Data {
  nComponents: number;
  perMille: number[];
  iterations: number;
  bounds: number[];
  weights: number[];
  means: number[];
  covariances: number[][];
  labels: number[];
  probaOfFirstRows: number[];
  bestOfTenBound: number;
}

export interface PcaCase extends Data {
  options: { variance?: number; nComponents?: number };
  mean: number[];
  components: number[];
  explainedVariance: number[];
  explainedVarianceRatio: number[];
  scores: number[];
}

export interface KMeansCase extends Data {
  initialCenters: number[];
  nClusters: number;
  centers: number[];
  labels: number[];
  inertia: number;
  nIter: number;
}

export const golden = JSON.parse(readFileSync("test/reference/clustering.json", "utf8")) as Golden;

export const matrixOf = ({ x, shape }: Data): Matrix => ({ data: Float64Array.from(x), shape });

/** Asserts |actual - expected| <= tolerance times the largest expected size (of the whole array). */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++)
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= tolerance * scale,
      `${what}[${i}]: ${actual[i]}, expected ${expected[i]} within ${tolerance} of ${scale}`,
    );
}
