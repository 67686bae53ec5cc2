/** `f` of each item, one after the other: a loop that keeps what it made, for work that already uses every core. */
export async function inTurn<T, R>(
  items: Iterable<T>,
  f: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await f(item, results.length));
  return results;
}
