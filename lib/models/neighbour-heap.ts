/**
 * The k smallest distances of a row, as a max-heap: the root is the largest of them and the first to go.
 *
 * Mirrors scikit-learn's `heap_push` (utils/_heap): a value enters only when strictly smaller than the root, so
 * of equal distances the ones seen first usually stay. Which of several equal ones leaves follows from the
 * sifting order; fed in ascending order of the index it keeps exactly the neighbours that scikit-learn's brute
 * search keeps on one thread.
 */
export function pushNeighbour(
  values: Float64Array,
  indices: Int32Array,
  start: number,
  k: number,
  value: number,
  index: number,
): void {
  if (!(value < values[start])) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    if (left >= k) break;
    const child = right < k && values[start + left] < values[start + right] ? right : left;
    if (!(value < values[start + child])) break;
    values[start + at] = values[start + child];
    indices[start + at] = indices[start + child];
    at = child;
  }
  values[start + at] = value;
  indices[start + at] = index;
}

/** Sorts the k entries from `start` by distance, then by index (insertion sort: k is small). */
export function sortNeighbours(values: Float64Array, indices: Int32Array, start: number, k: number): void {
  for (let s = start + 1; s < start + k; s++) {
    const value = values[s];
    const index = indices[s];
    let t = s - 1;
    while (t >= start && (values[t] > value || (values[t] === value && indices[t] > index))) {
      values[t + 1] = values[t];
      indices[t + 1] = indices[t];
      t--;
    }
    values[t + 1] = value;
    indices[t + 1] = index;
  }
}
