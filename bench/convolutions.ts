import { median } from "../lib/median.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";
import { convolutionTask } from "./convolution-call.js";
import { ours, threads } from "./engine-processes.js";
import { PythonPeer, peerVersions } from "./python-peer.js";
import { callsInStep, gflop, PASSES, resnetConvolutions } from "./resnet-convolutions.js";

const images = 32;
/** GFLOP of a turn, a tenth of a second: threads of the other side that still wait for work disturb its beginning. */
const turn = 40;
/** Calls of a turn: on tiny images PyTorch needs 40 ms for what is no work at all. */
const mostCalls = 200;

/**
 * Each convolution of ResNet-18 in each pass, in bf16, ours and PyTorch's in turn; 224 px where no size is named. The
 * last row is what those of a BYOL step of 16 images come to, each as often as a step computes it.
 */
export async function run({ size = 224, repeats = 5 }: BenchOptions): Promise<BenchRow[]> {
  const mine = ours("byol", "auto", size, 16);
  const theirs = peerVersions().torch
    ? new PythonPeer("bench/peers/torch_convolutions.py", [threads])
    : undefined;
  const rows: BenchRow[] = [];
  const step = { flop: 0, ours: 0, theirs: 0 };
  try {
    for (const c of resnetConvolutions(size))
      for (const pass of PASSES) {
        const count = Math.min(mostCalls, Math.ceil(turn / (images * gflop(c))));
        const task = convolutionTask(pass, c, images, count);
        const [here, there]: number[][] = [[], []];
        for (let i = 0; i < repeats; i++) {
          here.push((await mine.run(task)).seconds);
          if (theirs) there.push((await theirs.run(task)).seconds);
        }
        const [a, b] = [median(here), theirs ? median(there) : null];
        const calls = callsInStep(c, pass);
        step.flop += calls * images * gflop(c);
        step.ours += calls * a;
        step.theirs += calls * (b ?? 0);
        const stage = `${c.kernel}x${c.kernel}/${c.stride} ${c.inputs} to ${c.outputs}, ${c.side} px, ${pass}`;
        rows.push(row(stage, images * gflop(c), a, b, calls ? "" : "no step needs it"));
      }
  } finally {
    mine.stop();
    theirs?.stop();
  }
  rows.push(
    row(`all of a step, ${size} px, batch 16`, step.flop, step.ours, theirs ? step.theirs : null, ""),
  );
  return rows;
}

function row(stage: string, flop: number, ours: number, theirs: number | null, note: string): BenchRow {
  const peer = theirs && flop / theirs;
  return {
    stage,
    ours: flop / ours,
    peer,
    unit: "GFLOP/s",
    ratio: theirs && theirs / ours,
    target: "",
    note,
  };
}
