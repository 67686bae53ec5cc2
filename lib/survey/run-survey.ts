import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/atomic-write.js";
import { inParallel } from "../files/in-parallel.js";
import { writeError } from "../files/write-error.js";
import type { OnProgress } from "../progress-event.js";
import { shortList } from "../short-list.js";
import { bundledTask } from "./bundled-task.js";
import { partName, readPlan } from "./survey-plan.js";
import { type SurveyStage, surveyStages, surveyTasks, type TaskState } from "./survey-stages.js";

/** Times that a failing task is tried, here and in a job of Slurm. */
export const TRIES = 3;

export interface RunSurveyOptions {
  /** Tasks at once; default one for every four cores. */
  jobs?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Runs what is missing of a survey on this machine, stage by stage, each task in a process of its own, `jobs` at a
 * time, the cores shared between them. A task that fails is tried three times; then the others of its stage are still
 * done, and the error names it. The same tasks as under Slurm, so a survey may begin here and end there.
 */
export async function runSurvey(folder: string, options: RunSurveyOptions = {}): Promise<{ ran: number }> {
  const { jobs = Math.max(1, Math.floor(availableParallelism() / 4)), onProgress, signal } = options;
  if (!(Number.isInteger(jobs) && jobs >= 1))
    throw new Error(`jobs: ${jobs} is not a number of tasks at once.`);
  const plan = await readPlan(folder);
  const program = await bundledTask();
  const threads = Math.max(1, Math.floor(availableParallelism() / jobs));
  let ran = 0;
  for (const stage of surveyStages) {
    const tasks = (await surveyTasks(folder, plan, { until: stage })).get(stage)!;
    const missing = tasks.filter((t) => t.missing !== null);
    let done = tasks.length - missing.length;
    const failed: { task: TaskState; code: string }[] = [];
    onProgress?.({ done, total: tasks.length, note: stage });
    const run = async (i: number) => {
      const task = missing[i];
      let code = "";
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        code = await runProgram(program, folder, task, threads, signal);
        if (code === "") break;
        signal?.throwIfAborted();
      }
      if (code) failed.push({ task, code });
      else {
        done++;
        ran++;
      }
      onProgress?.({ done, total: tasks.length, note: stage });
    };
    await inParallel(missing.length, jobs, run, signal);
    if (failed.length) throw new Error(await failureSentence(folder, stage, failed));
  }
  return { ran };
}

/** Where a task's output goes. */
const logPath = (folder: string, stage: string, shard: number | null) =>
  join(folder, "logs", `${stage}-${shard === null ? "all" : partName(shard)}.log`);

/** Empty where it ended well, else how it ended. */
async function runProgram(
  program: string,
  folder: string,
  { stage, shard }: TaskState,
  threads: number,
  signal?: AbortSignal,
): Promise<string> {
  const log = logPath(folder, stage, shard);
  const output = await makeFolder(dirname(log))
    .then(() => open(log, "a"))
    .catch((error) => {
      throw writeError(log, error);
    });
  try {
    const loader = program.endsWith(".ts") ? ["--import", "tsx"] : [];
    const args = [...loader, program, folder, stage, ...(shard === null ? [] : [String(shard)])];
    signal?.throwIfAborted(); // while the log was opened: nobody would end the program below
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", output.fd, output.fd],
      env: { ...process.env, LATENT_SKY_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
    });
    const stop = () => child.kill();
    signal?.addEventListener("abort", stop);
    try {
      return await new Promise<string>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, by) =>
          resolve(code === 0 ? "" : by ? `was ended by ${by}` : `ended with code ${code}`),
        );
      });
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  } finally {
    await output.close();
  }
}

async function failureSentence(
  folder: string,
  stage: SurveyStage,
  failed: readonly { task: TaskState; code: string }[],
): Promise<string> {
  const names = failed.map(({ task }) => (task.shard === null ? stage : `${stage} ${task.shard}`));
  const log = logPath(folder, stage, failed[0].task.shard);
  const last = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").at(-1);
  return `${shortList(names)} failed ${TRIES} times (${failed[0].code}; ${last}); see ${log}, then run the same command again.`;
}
