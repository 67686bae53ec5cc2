import { duration } from "../../lib/duration.js";
import { TerminalLine } from "../../lib/terminal-line.js";
import type { RunProgress, RunResult } from "./run.js";

/** Seconds between two lines about the same notebook in a log. */
const logInterval = 30;

/**
 * Tells the person at the terminal where a run of notebooks is: one line that repaints itself, or a line now and
 * then where the output is a log. `remaining` are the seconds each cell took last time, for the ETA.
 */
export class RunReporter {
  private readonly terminal = new TerminalLine(process.stdout);
  private timer: NodeJS.Timeout | undefined;
  private name = "";
  private position = "";
  private started = 0;
  private cellStarted = 0;
  private logged = 0;
  private progress: RunProgress | null = null;
  private cellIds: string[] = [];
  private lastTime: Record<string, number> = {};
  private laterSeconds: number | null = null;

  /** `index` counts from 1; `laterSeconds` is what the notebooks after this one took last time, if all is known. */
  startNotebook(
    name: string,
    index: number,
    total: number,
    lastTime: Record<string, number>,
    laterSeconds: number | null = null,
  ): void {
    Object.assign(this, {
      name,
      lastTime,
      laterSeconds,
      progress: null,
      started: Date.now(),
      logged: Date.now(),
    });
    this.cellIds = Object.keys(lastTime);
    this.position = total > 1 ? `[${index}/${total}] ` : "";
    if (this.terminal.live) this.timer = setInterval(() => this.terminal.show(this.line()), 200);
    else console.log(`${this.position}${name} ...`);
  }

  update(progress: RunProgress): void {
    if (progress.cellId !== this.progress?.cellId) this.cellStarted = Date.now();
    this.progress = progress;
    if (this.terminal.live || Date.now() - this.logged < logInterval * 1000) return;
    this.logged = Date.now();
    console.log(`  ${this.line()}`);
  }

  endNotebook(result: RunResult): void {
    clearInterval(this.timer);
    this.terminal.clear();
    const done = Object.keys(result.cellSeconds).length;
    const how = { ok: "ok", failed: "FAILED", interrupted: "stopped" }[result.status];
    const cells = result.status === "ok" ? `${result.cells} cells` : `${done} of ${result.cells} cells`;
    console.log(`${this.position}${this.name}  ${how}  ${cells}, ${duration(result.seconds)}`);
  }

  private line(): string {
    const p = this.progress;
    const elapsed = (Date.now() - this.started) / 1000;
    const parts = [`${this.position}${this.name}`];
    parts.push(p ? `cell ${p.cell}/${p.cells}` : "starting");
    parts.push(duration(elapsed));
    const eta = this.remaining();
    if (eta !== null) {
      parts.push(`ETA ${duration(eta)}`);
      if (this.laterSeconds) parts.push(`all ${duration(eta + this.laterSeconds)}`);
    }
    if (p?.note) parts.push(p.note);
    return parts.join("  ");
  }

  /** What the cells from the running one on took last time; null where a run was never timed. */
  private remaining(): number | null {
    const at = this.cellIds.indexOf(this.progress?.cellId ?? this.cellIds[0]);
    if (at < 0) return null;
    const later = this.cellIds.slice(at + 1).reduce((sum, id) => sum + this.lastTime[id], 0);
    const inCell = this.progress ? (Date.now() - this.cellStarted) / 1000 : 0;
    return later + Math.max(0, this.lastTime[this.cellIds[at]] - inCell);
  }
}
