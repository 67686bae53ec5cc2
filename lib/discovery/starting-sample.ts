import type { Matrix } from "../matrix.js";

/**
 * The first objects to be labelled (section 7.1): sorted by the first principal component, `count` of them equally
 * spaced by index in the sorted list, from the lowest on: positions floor(i n / count). Deterministic; equal values
 * keep their order. `features` are PCA features, so that column 0 is PC 1.
 */
export function startingSample(features: Matrix, count: number): number[] {
  const [n, d] = features.shape;
  if (n < count) throw new Error(`startingSample: ${n} objects where ${count} are to be chosen.`);
  const order = Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => features.data[a * d] - features.data[b * d] || a - b);
  return Array.from({ length: count }, (_, i) => order[Math.floor((i * n) / count)]);
}
