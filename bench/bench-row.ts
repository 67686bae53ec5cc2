/** One line of `npm run bench`: a stage measured here and in the Python stack, in the same run. */
export interface BenchRow {
  stage: string;
  /** Median of ours, in `unit`. */
  ours: number;
  /** Median of the peer, in `unit`; null where only we are measured (scaling exponents). */
  peer: number | null;
  unit: string;
  /** How many times faster than the peer; null without one. */
  ratio: number | null;
  /** The bar of the design, such as ">= 4x". */
  target: string;
  note?: string;
}
export interface BenchOptions {
  /** Whether to measure how time and memory grow with n too: minutes more. */
  scaling: boolean;
  /** Rounds of a comparison; each bench has its own default. */
  repeats?: number;
  /** The engine's one image size to measure, in pixels; default all. */
  size?: number;
}

/** The exponent p of y ~ n^p: the slope of a least-squares line through (ln n, ln y). */
export function fittedExponent(n: number[], y: number[]): number {
  const x = n.map(Math.log);
  const z = y.map(Math.log);
  const mx = x.reduce((a, b) => a + b) / x.length;
  const mz = z.reduce((a, b) => a + b) / z.length;
  const top = x.reduce((sum, v, i) => sum + (v - mx) * (z[i] - mz), 0);
  return top / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}
