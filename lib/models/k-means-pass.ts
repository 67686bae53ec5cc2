import { numeric } from "../engine/numeric/numeric.js";
import { type Matrix, takeRows } from "../matrix.js";
import type { Random } from "../random.js";

/**
 * One assignment of k-means: writes each row's nearest centre (the first of equals) into `labels` and returns the
 * inertia with respect to `centers`, how many labels changed, and the clusters' sums [K, D] and counts [K].
 */
export function assignRows(x: Matrix, centers: Float64Array, k: number, labels: Int32Array) {
  const [n, d] = x.shape;
  const sums = new Float64Array(k * d);
  const counts = new Float64Array(k);
  const totals = new Float64Array(2);
  const native = numeric();
  if (native) native.kMeansAssign(x.data, n, d, k, centers, labels, sums, counts, totals);
  else
    for (let i = 0; i < n; i++) {
      let nearest = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let c = 0; c < k; c++) {
        const distance = squaredDistance(x, i, centers, c);
        if (distance < least) {
          least = distance;
          nearest = c;
        }
      }
      totals[0] += least;
      if (labels[i] !== nearest) totals[1]++;
      labels[i] = nearest;
      counts[nearest]++;
      for (let j = 0; j < d; j++) sums[nearest * d + j] += x.data[i * d + j];
    }
  return { inertia: totals[0], changed: totals[1], sums, counts };
}

/**
 * k-means++ seeds (Arthur & Vassilvitskii 2007): each next centre is drawn with probability proportional to the
 * squared distance to the closest one so far; of 2 + ln K draws the one that leaves the least inertia is kept.
 */
export function plusPlus(x: Matrix, k: number, random: Random): Float64Array {
  const [n, d] = x.shape;
  const trials = 2 + Math.floor(Math.log(k));
  const centers = new Float64Array(k * d);
  const closest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const take = (c: number, row: number) => {
    const chosen = Float64Array.from(x.data.subarray(row * d, (row + 1) * d));
    centers.set(chosen, c * d);
    return seedDistances(x, chosen, 1, closest, true)[0];
  };
  let potential = take(0, random.integer(n));
  for (let c = 1; c < k; c++) {
    const draws = Array.from({ length: trials }, () => random.uniform() * potential);
    const rows = drawRows(closest, draws);
    const candidates = Float64Array.from(takeRows(x, rows).data);
    const potentials = seedDistances(x, candidates, trials, closest, false);
    potential = take(c, rows[potentials.indexOf(Math.min(...potentials))]);
  }
  return centers;
}

/** For each draw the first row at which the running sum of `weights` reaches it. */
function drawRows(weights: Float64Array, draws: number[]): number[] {
  const rows = draws.map(() => weights.length - 1);
  const order = [...draws.keys()].sort((i, j) => draws[i] - draws[j]);
  let sum = 0;
  let next = 0;
  for (let i = 0; i < weights.length && next < order.length; i++) {
    sum += weights[i];
    for (; next < order.length && sum >= draws[order[next]]; next++) rows[order[next]] = i;
  }
  return rows;
}

/** sum_i min(closest_i, |x_i - candidate|^2) for each of `m` candidates; `update` keeps the minima of the one. */
function seedDistances(
  x: Matrix,
  candidates: Float64Array,
  m: number,
  closest: Float64Array,
  update: boolean,
) {
  const [n, d] = x.shape;
  const potentials = new Float64Array(m);
  const native = numeric();
  if (native) native.seedDistances(x.data, n, d, candidates, m, closest, potentials, update);
  else
    for (let i = 0; i < n; i++)
      for (let c = 0; c < m; c++) {
        const least = Math.min(closest[i], squaredDistance(x, i, candidates, c));
        potentials[c] += least;
        if (update) closest[i] = least;
      }
  return potentials;
}

function squaredDistance(x: Matrix, i: number, centers: Float64Array, c: number): number {
  const d = x.shape[1];
  let sum = 0;
  for (let j = 0; j < d; j++) sum += (x.data[i * d + j] - centers[c * d + j]) ** 2;
  return sum;
}
