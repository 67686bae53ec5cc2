/** A controller that aborts with `signal` and can also be aborted by itself; `unlink` ends the link. */
export function linkedAbort(signal?: AbortSignal): { controller: AbortController; unlink: () => void } {
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  return { controller, unlink: () => signal?.removeEventListener("abort", forward) };
}
