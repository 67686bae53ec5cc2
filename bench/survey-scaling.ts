import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNpyRows } from "../lib/data/tables/npy.js";
import { writeParquet } from "../lib/data/tables/write-parquet.js";
import { digest } from "../lib/digest.js";
import { atomicWrite } from "../lib/files/atomic-write.js";
import { median } from "../lib/median.js";
import { momentsOf } from "../lib/models/covariance.js";
import { peakMemory } from "../lib/peak-memory.js";
import { preprocessVersion } from "../lib/preprocess/preprocess.js";
import type { OnProgress } from "../lib/progress-event.js";
import { Random } from "../lib/random.js";
import { writeReceipt } from "../lib/survey/receipts.js";
import { runTask } from "../lib/survey/run-task.js";
import { momentsToBytes, shardPaths } from "../lib/survey/shard-files.js";
import { planPath, type SurveyPlan, sourcesPath } from "../lib/survey/survey-plan.js";
import { isSharded, surveyStages, taskInputs } from "../lib/survey/survey-stages.js";

const D = 512;
const SHARD = 50_000;
const RANK = 24;

/**
 * One survey of `n` sources from their features on, in this process: `node ... bench/survey-scaling.ts N` prints the
 * seconds of every stage and the peak of the memory as JSON. Features are drawn: ten clumps in 24 directions of 512,
 * and noise; drawing them is not timed, their moments, which the first stage sums, are. `passes` are those of the
 * mixture over its rows: how many it takes to converge is a matter of the data, not of n.
 */
async function main(n: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-survey-"));
  const seconds: Record<string, number> = { moments: 0 };
  // Of all cores, which other work on the machine does not stretch as it does the seconds of the clock.
  let cpuSeconds = 0;
  const passEnds: number[] = [];
  const onProgress: OnProgress = ({ note }) => {
    if (note?.startsWith("bound")) passEnds.push(performance.now());
  };
  try {
    const shards = Array.from({ length: Math.ceil(n / SHARD) }, (_, k) => Math.min(SHARD, n - k * SHARD));
    const rest = planOf(n, shards);
    const plan: SurveyPlan = { ...rest, key: digest(JSON.stringify(rest)) };
    await atomicWrite(planPath(folder), JSON.stringify(plan));
    for (const [k, rows] of shards.entries()) {
      const drawn = await drawShard(folder, plan, k, rows);
      seconds.moments += drawn.seconds;
      cpuSeconds += drawn.cpuSeconds;
    }
    for (const stage of surveyStages.slice(1)) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      for (const shard of isSharded(stage) ? shards.keys() : [null])
        await runTask(folder, stage, shard, { onProgress });
      seconds[stage] = (performance.now() - start) / 1000;
      cpuSeconds += spent(cpu);
    }
    // The first passes warm up: a pass takes the median of them all, or few passes would count as slower ones.
    const count = passEnds.length;
    const pass = median(passEnds.slice(1).map((end, i) => end - passEnds[i]));
    const passes = { count, seconds: (pass * count) / 1000 };
    const megabytes = peakMemory();
    console.log(JSON.stringify({ n, seconds, passes, cpuSeconds, megabytes }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function planOf(n: number, shards: number[]): Omit<SurveyPlan, "key"> {
  return {
    format: "latent-sky survey 1",
    images: "drawn",
    catalogue: "drawn",
    cutout: 64,
    bands: null,
    lupton: null,
    stretch: null,
    fitsUnit: null,
    crop: "source",
    size: 64,
    weights: { start: "random", digest: "random" },
    precision: "f32",
    seed: 1,
    pixels: preprocessVersion,
    sources: n,
    outside: 0,
    tiles: 1,
    shards,
    variance: 0.95,
    clusters: 20,
    starts: 1,
    sample: Math.min(n, 1_000_000),
    landmarks: Math.min(n, 10_000),
    index: false,
  };
}

/** Writes what the first stage would have; the seconds that the moments took, and those of all cores. */
async function drawShard(
  folder: string,
  plan: SurveyPlan,
  k: number,
  rows: number,
): Promise<{ seconds: number; cpuSeconds: number }> {
  const paths = shardPaths(k);
  const random = new Random(7);
  const directions = Float32Array.from({ length: RANK * D }, () => random.normal(0, 1));
  const clumps = Float32Array.from({ length: 10 * RANK }, () => random.normal(0, 2));
  const noise = Float32Array.from({ length: 65_536 }, () => random.normal(0, 0.4));
  const own = random.fork(`shard ${k}`);
  const x = new Float32Array(rows * D);
  for (let i = 0; i < rows; i++) {
    const clump = own.integer(10);
    const offset = own.integer(noise.length - D);
    const row = x.subarray(i * D, (i + 1) * D);
    row.set(noise.subarray(offset, offset + D));
    for (let r = 0; r < RANK; r++) {
      const weight = (clumps[clump * RANK + r] + own.normal()) / (1 + r / 4);
      for (let j = 0; j < D; j++) row[j] += weight * directions[r * D + j];
    }
  }
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const moments = momentsOf({ data: x, shape: [rows, D] });
  const [seconds, cpuSeconds] = [(performance.now() - start) / 1000, spent(cpu)];
  const id = Array.from({ length: rows }, (_, i) => `s${k * SHARD + i}`);
  const doubles = (name: string, of: () => number) => ({
    name,
    type: "DOUBLE" as const,
    data: Float64Array.from({ length: rows }, of),
  });
  const integers = (name: string) => ({ name, type: "INT32" as const, data: new Int32Array(rows) });
  await writeParquet(sourcesPath(folder, k), [
    [
      { name: "id", type: "STRING", data: id },
      doubles("ra", () => own.uniform(0, 360)),
      doubles("dec", () => own.uniform(-30, 30)),
      integers("tile"),
      doubles("x", () => own.uniform(0, 4000)),
      doubles("y", () => own.uniform(0, 4000)),
      integers("side"),
      integers("row"),
    ],
  ]);
  await writeNpyRows(join(folder, paths.features), [rows, D], [x]);
  await atomicWrite(join(folder, paths.moments), momentsToBytes(moments));
  await atomicWrite(join(folder, paths.notes), JSON.stringify({ skipped: [], whole: 0 }));
  await writeReceipt(folder, {
    stage: "features",
    shard: k,
    madeFrom: await taskInputs(folder, plan, "features", k),
    counts: { images: rows },
    precision: "f32",
    engine: "drawn",
    seconds,
    paths: [paths.features, paths.moments, paths.notes],
  });
  return { seconds, cpuSeconds };
}

main(Number(process.argv[2])).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
