import { LowestK } from "../lowest-k.js";

/** The `count` rows of highest expected improvement that were not asked for yet; of equals the lower. */
export function highestImprovement(
  ei: Float64Array,
  rows: ArrayLike<number> | null,
  asked: ReadonlyMap<number, unknown>,
  count: number,
): { row: number; value: number }[] {
  const best = new LowestK(Math.max(0, count));
  for (let q = 0; q < ei.length; q++) {
    const row = rows ? rows[q] : q;
    if (!asked.has(row)) best.push(-ei[q], row);
  }
  return best.sorted().map(({ value, name }) => ({ row: name, value: -value }));
}
