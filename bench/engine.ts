import { median } from "../lib/median.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";
import { ours, threads } from "./engine-processes.js";
import { type PeerAnswer, PythonPeer, peerVersions } from "./python-peer.js";
import { featuresGflop, stepGflop } from "./resnet-convolutions.js";

/**
 * The engine against PyTorch, in turn in one run (design section 8): BYOL steps and ResNet-18 features, each as
 * byol-pytorch runs it (f32, contiguous), tuned (bf16 autocast, channels_last) and through torch.compile. Every
 * contestant is a process of its own. One more row tells the peak memory of a 224 px, batch 64 step.
 */
export async function run({ scaling, size: only, repeats = 5 }: BenchOptions): Promise<BenchRow[]> {
  const { torch: version } = peerVersions();
  const torch = version !== undefined;
  if (!torch)
    console.log("PyTorch is not installed, so ours stands alone; CONTRIBUTING.md says how to add it.");
  const ceiling = { bf16: await ceilingOf("auto"), f32: await ceilingOf("f32") };
  const rows: BenchRow[] = [];
  for (const [mode, size, batch] of [
    ["byol", 64, 64],
    ["byol", 150, 32],
    ["byol", 224, 16],
    ["features", 64, 64],
    ["features", 150, 32],
    ["features", 224, 32],
  ] as const) {
    if (only === undefined || only === size)
      rows.push(...(await compare(mode, size, batch, repeats, torch, ceiling)));
  }
  if (scaling) rows.push(await memory(torch));
  return rows;
}

/** `npm run bench -- --profile-step`: where the time of one step goes, in lines to print. */
export async function profileStep(size = 150, batch = 32): Promise<string[]> {
  const worker = ours("byol", "auto", size, batch);
  try {
    for (let i = 0; i < 3; i++) await worker.run("step");
    const { seconds, profile } = (await worker.run("profile")) as Profiled;
    const sorted = profile.sort((a, b) => b[1].ms - a[1].ms);
    const named = sorted.reduce((sum, [, k]) => sum + k.ms, 0);
    const line = (name: string, calls: string, ms: number) =>
      `${name.padEnd(24)}${calls.padStart(6)}${ms.toFixed(1).padStart(10)} ms${((100 * ms) / seconds / 1000).toFixed(1).padStart(7)}%`;
    return [
      `One BYOL step at ${size} px, batch ${batch}: ${(seconds * 1000).toFixed(0)} ms`,
      ...sorted.map(([name, k]) => line(name, String(k.calls), k.ms)),
      line("kernels together", "", named),
      line("tfjs and the rest", "", seconds * 1000 - named),
    ];
  } finally {
    worker.stop();
  }
}

interface Profiled extends PeerAnswer {
  profile: [string, { calls: number; ms: number }][];
}

function pytorch(mode: string, kind: string, size: number, batch: number): PythonPeer {
  return new PythonPeer("bench/peers/torch_byol.py", [mode, kind, String(size), String(batch), threads]);
}

async function ceilingOf(precision: string): Promise<number> {
  const worker = ours("byol", precision, 64, 2);
  try {
    return (await worker.run("ceiling")).gflops as number;
  } finally {
    worker.stop();
  }
}

/** Ours in bf16 against PyTorch in f32, tuned and compiled, and ours in f32 against its f32. */
const TARGETS: Record<string, [f32: string, tuned: string, compiled: string, f32AgainstF32: string]> = {
  byol: [">= 4x", ">= 1.25x", ">= 1.1x", ">= 1.8x"],
  features: [">= 4x", ">= 1.5x", ">= 1.1x", ">= 1.2x"],
};

async function compare(
  mode: "byol" | "features",
  size: number,
  batch: number,
  repeats: number,
  torch: boolean,
  ceiling: { bf16: number; f32: number },
): Promise<BenchRow[]> {
  const contestants = [
    { name: "auto", peer: ours(mode, "auto", size, batch) },
    { name: "f32", peer: ours(mode, "f32", size, batch) },
    ...(torch ? ["f32", "tuned", "compiled"] : []).map((kind) => ({
      name: `torch ${kind}`,
      peer: pytorch(mode, kind, size, batch),
    })),
  ];
  const seconds: Record<string, number[]> = {};
  const last: Record<string, PeerAnswer> = {};
  try {
    for (let i = 0; i <= repeats; i++) {
      for (const { name, peer } of contestants) {
        last[name] = await peer.run("step");
        // The first round builds primitives and fills pools.
        if (i > 0) (seconds[name] ??= []).push(last[name].seconds);
      }
    }
  } finally {
    for (const { peer } of contestants) peer.stop();
  }
  const rate = (name: string) => (seconds[name] ? batch / median(seconds[name]) : null);
  const precision = last.auto.precision as string;
  const flop = batch * (mode === "byol" ? stepGflop(size) : featuresGflop(size));
  const used = (name: "auto" | "f32", top: number) => {
    const gflops = flop / median(seconds[name]);
    return `${gflops.toFixed(0)} GFLOP/s, ${((100 * gflops) / top).toFixed(0)}% of the convolution ceiling ${top.toFixed(0)}; `;
  };
  const peak = (name: string) => (last[name] ? `${(last[name].peakMiB as number).toFixed(0)} MiB` : "-");
  const row = (mine: "auto" | "f32", theirs: string, target: string): BenchRow => {
    const [a, b] = [rate(mine)!, rate(theirs)];
    const spoken = mine === "auto" ? precision : "f32";
    return {
      stage: `${mode === "byol" ? "BYOL step" : "features"}, ${size} px, batch ${batch}, ${spoken} against ${theirs}`,
      ours: a,
      peer: b,
      unit: "images/s",
      ratio: b && a / b,
      target,
      note: `${used(mine, mine === "auto" ? ceiling.bf16 : ceiling.f32)}peak memory ${peak(mine)} against ${peak(theirs)}`,
    };
  };
  const [againstF32, againstTuned, againstCompiled, inF32] = TARGETS[mode];
  return [
    row("auto", "torch f32", againstF32),
    row("auto", "torch tuned", againstTuned),
    row("auto", "torch compiled", againstCompiled),
    row("f32", "torch f32", inF32),
  ];
}

/** Each alone, one after the other: together they would not fit everywhere. */
async function memory(torch: boolean): Promise<BenchRow> {
  const peak = async (peer: PythonPeer) => {
    try {
      await peer.run("step");
      return (await peer.run("step")).peakMiB as number;
    } finally {
      peer.stop();
    }
  };
  const mine = await peak(ours("byol", "auto", 224, 64));
  const theirs = torch ? await peak(pytorch("byol", "tuned", 224, 64)) : null;
  const stage = "peak memory of a BYOL step, 224 px, batch 64, against torch tuned";
  return { stage, ours: mine, peer: theirs, unit: "MiB", ratio: theirs && theirs / mine, target: ">= 1x" };
}
