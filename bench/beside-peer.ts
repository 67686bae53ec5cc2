import { median } from "../lib/median.js";
import type { BenchRow } from "./bench-row.js";
import type { PythonPeer } from "./python-peer.js";

/** What a round came to, for the reader to see that both sides computed the same. */
type Outcome = Readonly<Record<string, unknown>>;

/**
 * Times `ours` and the peer's `task` in turn, `repeats` times each, after one round of ours that is not counted. A peer
 * whose package is not installed answers `missing`, and ours stands alone.
 */
export async function besidePeer(
  stage: string,
  target: string,
  peer: PythonPeer,
  task: string,
  ours: () => Outcome | Promise<Outcome>,
  repeats: number,
): Promise<BenchRow> {
  const mine: number[] = [];
  const theirs: number[] = [];
  let note = "";
  await ours();
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const outcome = await ours();
    mine.push((performance.now() - start) / 1000);
    const { seconds, ...answer } = await peer.run(task);
    if (answer.missing) {
      note = `${answer.missing} is not installed`;
      continue;
    }
    theirs.push(seconds);
    note = Object.keys(outcome)
      .map((name) => `${name} ${short(outcome[name])}, peer's ${short(answer[name])}`)
      .join("; ");
  }
  const a = median(mine);
  const b = theirs.length ? median(theirs) : null;
  return { stage, ours: a, peer: b, unit: "s", ratio: b && b / a, target, note };
}

const short = (value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : String(value));
