/**
 * One point of a scaling curve, in a process of its own so that the peak memory is this point's:
 * `node --import tsx bench/clustering-scaling.ts mixture|pca <rows>` prints {"seconds", "megabytes"}, the memory
 * being the peak beyond what the process held with the data in place.
 */

import type { Matrix } from "../lib/matrix.js";
import { median } from "../lib/median.js";
import { BayesianGaussianMixture } from "../lib/models/bayesian-gaussian-mixture.js";
import { Pca } from "../lib/models/pca.js";
import { peakMemory } from "../lib/peak-memory.js";
import { Random } from "../lib/random.js";

export function clusteredRows(n: number, d: number, clusters: number): Matrix {
  const random = new Random(1);
  const centers = Float64Array.from({ length: clusters * d }, () => random.normal());
  const data = new Float64Array(n * d);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) data[i * d + j] = centers[(i % clusters) * d + j] + random.normal();
  return { data, shape: [n, d] };
}

/** Correlated f32 features whose variances fall like those of a trained network. */
export function features(n: number, d: number): Matrix {
  const random = new Random(2);
  const rank = 40;
  const mix = Float32Array.from({ length: rank * d }, (_, i) => random.normal() / (1 + Math.floor(i / d)));
  const data = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < rank; r++) {
      const z = random.normal();
      for (let j = 0; j < d; j++) data[i * d + j] += z * mix[r * d + j];
    }
    for (let j = 0; j < d; j++) data[i * d + j] += 0.1 * random.uniform(-1, 1);
  }
  return { data, shape: [n, d] };
}

/** Seconds of one EM iteration: the median of twenty, after the k-means start and five that warm up. */
function mixture(x: Matrix): number {
  const model = new BayesianGaussianMixture({ nComponents: 20, maxIter: 25, tol: 0 });
  const times: number[] = [];
  for (const _ of model.steps(x)) times.push(performance.now());
  const seconds = times.slice(1).map((time, i) => (time - times[i]) / 1000);
  return median(seconds.slice(4));
}

function pca(x: Matrix): number {
  const start = performance.now();
  new Pca({ variance: 0.95 }).fit(x);
  return (performance.now() - start) / 1000;
}

const [stage, rows] = process.argv.slice(2);
if (process.argv[1]?.endsWith("clustering-scaling.ts")) {
  const n = Number(rows);
  const x = stage === "pca" ? features(n, 128) : clusteredRows(n, 29, 12);
  const before = peakMemory();
  const seconds = stage === "pca" ? pca(x) : mixture(x);
  const megabytes = peakMemory() - before;
  console.log(JSON.stringify({ seconds, megabytes }));
}
