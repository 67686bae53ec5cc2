import { randomUUID } from "node:crypto";
import { duration } from "../duration.js";
import type { ProgressEvent } from "../progress-event.js";
import { TerminalLine } from "../terminal-line.js";
import { notebookHost } from "./host.js";

/** An `OnProgress` callback with an end: give it to any long work, call `done()` after. */
export interface Progress {
  (event: ProgressEvent | number, note?: string): void;
  /** Writes the last state and ends the line; `note` replaces the last remark. Silent if nothing was reported. */
  done(note?: string): void;
}

/** Milliseconds between two repaints of a bar, and between two lines of a log. */
const repaintEvery = 200;
const logEvery = 20_000;

/**
 * A progress bar that fits where it is: one display that updates itself in a notebook (the stored output is its last
 * state), one line that repaints itself in a terminal, a line now and then in a log.
 *
 * Interrupting the cell makes the next call throw, so that work which reports progress also stops.
 *
 * @example
 * const bar = progress("Training");
 * for await (const epoch of trainByol(model, images, { onProgress: bar })) ...
 * bar.done();
 */
export function progress(label: string, total?: number): Progress {
  const started = Date.now();
  const write = writer();
  const begun = notebookHost()?.signal;
  const seconds = () => (Date.now() - started) / 1000;
  let last: ProgressEvent = { done: 0, total: total ?? 0 };
  let from = { done: 0, seconds: 0 };
  let painted = 0;
  const paint = (final: boolean) => {
    painted = Date.now();
    write(progressLine(label, last, seconds(), final, from), final);
  };
  const report = (event: ProgressEvent | number, note?: string) => {
    // The cell that made the bar, and the one that goes on with it.
    begun?.throwIfAborted();
    notebookHost()?.signal.throwIfAborted();
    const next = typeof event === "number" ? { done: event, total: total ?? 0, note } : event;
    // The time to come is judged by what this run did itself: not by what it found done, nor by another stage's work.
    const found = last.done === 0 && next.done > 1;
    if (found || next.done < last.done) from = { done: next.done, seconds: seconds() };
    last = next;
    // Work that begins complete was done by an earlier run: nothing to show.
    if (painted === 0 && last.total > 0 && last.done >= last.total) return;
    // The end is shown also where nobody calls done(); a log has that line from done().
    const ended = last.total > 0 && last.done >= last.total && write.interval === repaintEvery;
    if (ended || Date.now() - painted >= write.interval) paint(false);
  };
  const done = (note?: string) => {
    if (painted === 0 && note === undefined) return; // there was nothing to do
    if (note !== undefined) last = { ...last, note };
    paint(true);
  };
  return Object.assign(report, { done });
}

/**
 * `Training [########------------]  40%  12/30  1:04  ETA 1:36  loss 1.93`; without a total, only what is known.
 * `from` is where the work that the ETA is judged by began.
 */
export function progressLine(
  label: string,
  event: ProgressEvent,
  seconds: number,
  final: boolean,
  from = { done: 0, seconds: 0 },
): string {
  const { done, total, note } = event;
  const parts = [label];
  if (total > 0) {
    const fraction = Math.min(1, done / total);
    const filled = Math.round(fraction * 20);
    parts[0] += ` [${"#".repeat(filled)}${"-".repeat(20 - filled)}] ${String(Math.floor(fraction * 100)).padStart(3)}%`;
    parts.push(`${done}/${total}`);
  } else if (done > 0) parts.push(String(done));
  parts.push(duration(seconds));
  if (!final && done > from.done && done < total)
    parts.push(`ETA ${duration(((seconds - from.seconds) / (done - from.done)) * (total - done))}`);
  if (note) parts.push(note);
  return parts.join("  ");
}

type Writer = ((line: string, final: boolean) => void) & { interval: number };

function writer(): Writer {
  const host = notebookHost();
  if (host) {
    const displayId = randomUUID();
    let shown = false;
    const write = (line: string) => {
      host.display(
        { "text/plain": line },
        { displayId, update: shown, metadata: { "latent-sky": { progress: true } } },
      );
      shown = true;
    };
    return Object.assign(write, { interval: repaintEvery });
  }
  const terminal = new TerminalLine(process.stderr);
  const write = (line: string, final: boolean) => (final ? terminal.end(line) : terminal.show(line));
  return Object.assign(write, { interval: terminal.live ? repaintEvery : logEvery });
}
