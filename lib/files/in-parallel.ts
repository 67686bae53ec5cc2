/**
 * Runs `task(0)` to `task(n - 1)`, at most `concurrency` at a time and started in order, so memory stays bounded.
 * The first error, or the signal's abort, stops the start of further tasks and rejects once the running ones ended.
 */
export async function inParallel(
  n: number,
  concurrency: number,
  task: (i: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  let failed: { error: unknown } | undefined;
  const lane = async () => {
    try {
      while (next < n && !failed) {
        signal?.throwIfAborted();
        await task(next++);
      }
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, n) }, lane));
  if (failed) throw failed.error;
}
