import { type LabelOptions, type LabelPanel, label } from "../notebook/label.js";

/** Answers that a search may go without while the person scores on: nobody waits for its refit. */
export const answersAhead = 3;

/**
 * Shows images in the browser for `ask` to have them scored by a person, until it has what it wants or `signal` aborts:
 * every answer so far is in the file then.
 */
export async function scoreInBrowser(
  options: Omit<LabelOptions, "by">,
  signal: AbortSignal,
  ask: (panel: LabelPanel) => Promise<void>,
): Promise<void> {
  const panel = await label({ ...options, by: "person" });
  const stop = () => void panel.close();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const awake = setInterval(() => {}, 1e9); // a panel keeps no process alive
  try {
    console.error(
      `Open ${panel.url} and score what you see from 0 to 5; Ctrl-C ends, and the same command goes on.`,
    );
    await ask(panel);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(awake);
    signal.removeEventListener("abort", stop);
    await panel.close();
  }
}
