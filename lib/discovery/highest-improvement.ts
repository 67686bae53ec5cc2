import { LowestK } from "../lowest-k.js";

/** The smallest double of full precision: what is less has lost digits, or is 0. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * The `count` rows of highest expected improvement that were not asked for yet; of equals the lower. `ei` ranks them
 * wherever a double holds it, as in the paper's code; where it underflows its logarithm `logEi` does (below -700 there,
 * so after every `ei` that does not): rows that are 0 alike would be asked for in the order of the catalogue. `value`
 * is the expected improvement, 0 where it underflows.
 */
export function highestImprovement(
  ei: Float64Array,
  logEi: Float64Array,
  rows: ArrayLike<number> | null,
  asked: ReadonlyMap<number, unknown>,
  count: number,
): { row: number; value: number }[] {
  const best = new LowestK(Math.max(0, count));
  for (let q = 0; q < ei.length; q++) {
    const row = rows ? rows[q] : q;
    if (!asked.has(row)) best.push(ei[q] < SMALLEST_NORMAL ? -logEi[q] : -ei[q], row);
  }
  return best.sorted().map(({ value, name }) => ({ row: name, value: Math.max(0, -value) }));
}
