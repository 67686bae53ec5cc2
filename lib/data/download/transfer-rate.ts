import { duration } from "../../duration.js";

/** How fast bytes arrive, over the last ten seconds, and how long the rest will take. */
export class TransferRate {
  private readonly marks: { time: number; at: number }[];

  constructor(
    start: number,
    private readonly total: number | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.marks = [{ time: now(), at: start }];
  }

  /** "12.3 MB/s, 1:20 left" once `at` bytes have arrived. */
  note(at: number): string {
    const time = this.now();
    if (time - this.marks[this.marks.length - 1].time >= 250) this.marks.push({ time, at });
    while (this.marks.length > 2 && time - this.marks[1].time > 10_000) this.marks.shift();
    const seconds = (time - this.marks[0].time) / 1000;
    if (seconds < 0.25) return "starting";
    const rate = (at - this.marks[0].at) / seconds;
    const left = this.total === undefined || rate === 0 ? "" : `, ${duration((this.total - at) / rate)} left`;
    return `${megabytes(rate)}/s${left}`;
  }
}

/** "512 kB", "12.3 MB", "3.4 GB" */
export function megabytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
