const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Aborts with `reason` at Ctrl-C, when somebody or a scheduler ends the process, and when its terminal is closed. The
 * next signal ends it at once.
 */
export function stopOnSignal(reason?: Error): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    for (const signal of signals) process.off(signal, stop);
    controller.abort(reason);
  };
  for (const signal of signals) process.on(signal, stop);
  return controller.signal;
}
