/**
 * Diameter in pixels of each of `n` points on a figure `width` pixels wide: 4 for 2000 points on a column. A few points
 * are drawn large enough to tell their markers apart, many small enough not to run together; a plot twice as wide has
 * points √2 times as large, so that what is crowded on a column parts on a page.
 */
export function pointSize(n: number, width: number): number {
  const size = 4 * Math.sqrt(width / 480) * (2000 / Math.max(1, n)) ** 0.25;
  return Math.round(10 * Math.min(7, Math.max(2.5, size))) / 10;
}
