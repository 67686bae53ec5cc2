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
  let stopped = false;
  const lane = async () => {
    while (next < n && !stopped) {
      signal?.throwIfAborted();
      await task(next++);
    }
  };
  const lanes = Array.from({ length: Math.min(concurrency, n) }, () =>
    lane().catch((error) => {
      stopped = true;
      throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  const failed = results.find((r): r is PromiseRejectedResult => r.status === "rejected");
  if (failed) throw failed.reason;
}
