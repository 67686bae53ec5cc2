import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { receiptPath } from "../../lib/survey/receipts.js";
import { runSurvey } from "../../lib/survey/run-survey.js";
import { shardPaths } from "../../lib/survey/shard-files.js";
import { ranges, submitSurvey } from "../../lib/survey/submit-survey.js";
import { surveyStatus } from "../../lib/survey/survey-status.js";
import { scratch } from "../scratch.js";
import { tinySurvey, tinyTiles } from "./tiny-survey.js";

test("shards as Slurm's --array wants them", () => {
  assert.equal(ranges([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
  assert.equal(ranges([3]), "3");
});

/** A Slurm of four virtual nodes on the loopback address, or why there is none. */
function startSlurm(state: string): string | null {
  if (process.getuid?.() !== 0) return "the daemons of the trial Slurm run as root";
  try {
    execFileSync("sh", ["-c", "command -v slurmctld && command -v slurmd && command -v munged"], {
      stdio: "ignore",
    });
  } catch {
    return "no Slurm here: apt-get install -y --no-install-recommends slurm-wlm munge";
  }
  // Ports of this process's own, so that two test runs do not meet.
  const port = 20_000 + (process.pid % 1000) * 20;
  const env = { ...process.env, STATE: state, NODES: "4", CTLPORT: String(port) };
  process.env.SLURM_CONF = join(state, "slurm.conf");
  execFileSync("sh", ["test/survey/slurm/start.sh"], { env, stdio: ["ignore", "ignore", "inherit"] });
  return null;
}

const slurm = (command: string, ...args: string[]) =>
  String(execFileSync(command, args, { stdio: ["ignore", "pipe", "ignore"] }));

/** Waits until the queue is empty; fails when that takes longer than minutes. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (!slurm("squeue", "-h").trim()) return;
    await sleep(200);
  }
  assert.fail(`Slurm is still busy:\n${slurm("squeue")}`);
}

/** The process that runs a task of `folder`, once there is one. */
async function processOf(folder: string, stage: string, shard: number): Promise<number> {
  for (let i = 0; i < 600; i++) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
        if (
          words.includes(folder) &&
          words.includes(stage) &&
          words.includes(String(shard)) &&
          /node$/.test(words[0])
        )
          return Number(pid);
      } catch {} // it has ended meanwhile
    }
    await sleep(50);
  }
  throw new Error(`The task ${stage} ${shard} did not start.`);
}

const results = (folder: string, shards: number) =>
  [
    "survey.parquet",
    "summary.json",
    "models/pca.json",
    "models/mixture.json",
    ...Array.from({ length: shards }, (_, k) => [
      shardPaths(k).features,
      shardPaths(k).components,
      shardPaths(k).table,
    ]).flat(),
  ].map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));

test("under Slurm, with tasks killed, cancelled and requeued: the same bytes as on one machine", async (t) => {
  const base = scratch(); // not gone before the daemons whose process numbers lie in it are stopped
  const state = join(base, "slurm");
  const none = startSlurm(state);
  if (none) return t.skip(none);
  t.after(() => {
    execFileSync("sh", ["test/survey/slurm/stop.sh", "--clean"], { env: { ...process.env, STATE: state } });
    delete process.env.SLURM_CONF;
  });
  const tiles = await tinyTiles(base, 56);
  const [here, there] = [join(base, "here"), join(base, "there")];
  const { shards } = await tinySurvey(here, tiles, 7);
  await tinySurvey(there, tiles, 7);
  assert.equal(shards.length, 8);

  const options = ["--cpus-per-task=1", "--time=10"];
  const jobs = await submitSurvey(there, options);
  assert.deepEqual(
    jobs.map((j) => [j.stage, j.tasks]),
    [
      ["features", 8],
      ["pca", 1],
      ["components", 8],
      ["models", 1],
      ["table", 8],
      ["merge", 1],
    ],
  );
  const features = jobs[0].id;
  // One is cancelled before it starts or while it runs, one is killed, one goes back to the queue.
  slurm("scancel", `${features}_6`);
  process.kill(await processOf(there, "features", 0), "SIGKILL");
  await processOf(there, "features", 2);
  slurm("scontrol", "requeue", `${features}_2`);
  await settled();
  const first = await surveyStatus(there);
  assert.deepEqual(
    first[0].missing,
    [{ shard: 6, why: "not done yet" }],
    "the killed and the requeued are done",
  );
  assert.equal(first[1].done, 0, "what comes after a cancelled task is cancelled with it");

  const again = await submitSurvey(there, options);
  assert.equal(again[0].stage, "features");
  assert.equal(again[0].tasks, 1);
  assert.match(again[0].command, /--array=6 .*--cpus-per-task=1 --time=10/);
  await settled();
  assert.deepEqual(
    (await surveyStatus(there)).flatMap((s) => s.missing),
    [],
  );
  assert.deepEqual(await submitSurvey(there, options), [], "a third time nothing is missing");

  // One core a task, as there.
  await runSurvey(here, { jobs: 2 });
  const ours = results(here, 8);
  for (const [i, { path, bytes }] of results(there, 8).entries())
    assert.ok(bytes.equals(ours[i].bytes), `${path} differs`);

  truncateSync(join(there, shardPaths(3).table), 100);
  rmSync(receiptPath(there, "components", 5));
  const mended = await submitSurvey(there, options);
  assert.deepEqual(
    mended.slice(0, 1).map((j) => [j.stage, j.tasks]),
    [["components", 1]],
  );
  await settled();
  assert.deepEqual(
    (await surveyStatus(there, { verify: true })).flatMap((s) => s.missing),
    [],
  );
  assert.ok(readFileSync(join(there, "survey.parquet")).equals(readFileSync(join(here, "survey.parquet"))));
});
