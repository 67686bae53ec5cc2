import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { atomicWrite, makeFolder } from "../files/atomic-write.js";
import { bundledTask } from "./bundled-task.js";
import { slurmScript } from "./slurm-script.js";
import { readPlan } from "./survey-plan.js";
import { isSharded, type SurveyStage, surveyStages, surveyTasks } from "./survey-stages.js";

const run = promisify(execFile);

/** A job that was handed to Slurm. */
export interface SubmittedJob {
  stage: SurveyStage;
  id: string;
  /** Tasks of its array, 1 without one. */
  tasks: number;
  command: string;
}

/**
 * Hands what is missing of a survey to Slurm: an array for each stage with shards, each stage after the one before it
 * (`afterok`), so that a stage whose tasks failed takes what follows with it; the same call again submits what is still
 * missing. `options` go to sbatch as they are (partition, time, memory, cores).
 *
 * A stage is submitted whole where one before it is not done yet: its tasks look at their receipts and end at once if
 * there is nothing to do.
 */
export async function submitSurvey(folder: string, options: readonly string[] = []): Promise<SubmittedJob[]> {
  const dir = resolve(folder);
  const plan = await readPlan(dir);
  const states = await surveyTasks(dir, plan);
  const program = await bundledTask();
  await makeFolder(join(dir, "logs"));
  const jobs: SubmittedJob[] = [];
  let after: string[] = [];
  for (const stage of surveyStages) {
    const missing = states.get(stage)!.filter((t) => t.missing !== null);
    if (!missing.length) continue;
    const script = join(dir, "slurm", `${stage}.sbatch`);
    await atomicWrite(script, slurmScript(dir, program, stage));
    const dependency = after.length
      ? [`--dependency=afterok:${after.join(":")}`, "--kill-on-invalid-dep=yes"]
      : [];
    const ids: string[] = [];
    const arrays = isSharded(stage)
      ? arraysOf(
          missing.map((t) => t.shard!),
          await largestArray(),
        )
      : [null];
    for (const array of arrays) {
      const place = array ? [`--array=${ranges(array.indices)}`, `--export=ALL,OFFSET=${array.offset}`] : [];
      const args = ["--parsable", ...dependency, ...place, ...options, script];
      const { stdout } = await run("sbatch", args).catch(
        (cause: Error & { stderr?: string; code?: string }) => {
          throw new Error(
            cause.code === "ENOENT"
              ? "There is no sbatch on this machine; submit from a node of the cluster that has it, or run the survey here with local."
              : `sbatch refused the stage ${stage}: ${(cause.stderr ?? cause.message).trim()}`,
            { cause },
          );
        },
      );
      const id = stdout.trim().split(";")[0];
      ids.push(id);
      jobs.push({ stage, id, tasks: array?.indices.length ?? 1, command: `sbatch ${args.join(" ")}` });
    }
    after = ids;
  }
  return jobs;
}

/** Slurm numbers the tasks of an array below MaxArraySize: more shards are more arrays, each with an offset. */
function arraysOf(shards: readonly number[], largest: number): { offset: number; indices: number[] }[] {
  const arrays = new Map<number, number[]>();
  for (const shard of shards) {
    const offset = Math.floor(shard / largest) * largest;
    const indices = arrays.get(offset) ?? [];
    indices.push(shard - offset);
    arrays.set(offset, indices);
  }
  return [...arrays].map(([offset, indices]) => ({ offset, indices }));
}

async function largestArray(): Promise<number> {
  const { stdout } = await run("scontrol", ["show", "config"]).catch(() => ({ stdout: "" }));
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? 1001);
}

/** [0, 1, 2, 5] -> "0-2,5". */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end] + 1) end++;
    parts.push(end > i ? `${numbers[i]}-${numbers[end]}` : String(numbers[i]));
    i = end + 1;
  }
  return parts.join(",");
}
