import { readFile } from "node:fs/promises";
import { failurePath } from "./receipts.js";
import { readPlan } from "./survey-plan.js";
import { type SurveyStage, surveyStages, surveyTasks } from "./survey-stages.js";

/** How far a stage is. */
export interface StageStatus {
  stage: SurveyStage;
  done: number;
  total: number;
  /** Tasks that are not done, and why. */
  missing: { shard: number | null; why: string }[];
  /** Tasks whose last try failed, with the reason. */
  failed: { shard: number | null; message: string }[];
  /** Sums over the receipts: what each stage counts, seconds of all tasks. */
  counts: Record<string, number>;
  seconds: number;
  /** The largest peak of a task, MiB. */
  memory: number;
  hosts: string[];
}

/** Every stage of a survey; with `verify` every output is read and compared with its receipt. */
export async function surveyStatus(folder: string, { verify = false } = {}): Promise<StageStatus[]> {
  const plan = await readPlan(folder);
  const states = await surveyTasks(folder, plan, { verify });
  const status: StageStatus[] = [];
  for (const stage of surveyStages) {
    const tasks = states.get(stage)!;
    const missing = tasks.filter((t) => t.missing !== null);
    const receipts = tasks.filter((t) => t.missing === null).map((t) => t.receipt!);
    const failed: StageStatus["failed"] = [];
    for (const { shard } of missing) {
      const text = await readFile(failurePath(folder, stage, shard), "utf8").catch(() => null);
      if (text !== null) failed.push({ shard, message: (JSON.parse(text) as { message: string }).message });
    }
    const counts: Record<string, number> = {};
    for (const r of receipts)
      for (const [name, n] of Object.entries(r.counts)) counts[name] = (counts[name] ?? 0) + n;
    status.push({
      stage,
      done: receipts.length,
      total: tasks.length,
      missing: missing.map(({ shard, missing: why }) => ({ shard, why: why! })),
      failed,
      counts,
      seconds: receipts.reduce((sum, r) => sum + r.seconds, 0),
      memory: Math.max(0, ...receipts.map((r) => r.memory)),
      hosts: [...new Set(receipts.map((r) => r.host))].sort(),
    });
  }
  return status;
}
