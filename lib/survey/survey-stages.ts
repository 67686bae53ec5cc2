import { existsSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../digest.js";
import { fileDigest } from "../files/file-digest.js";
import { type Receipt, readReceipt, whyMissing } from "./receipts.js";
import type { SurveyPlan } from "./survey-plan.js";

/**
 * The stages in order. Cutouts become features without their pixels being kept; moments merged over the shards give the
 * components; each shard is projected, and gives its part of the sample; mixture and landmarks are fitted on the
 * sample; each shard gets its columns; the shards become one table.
 */
export const surveyStages = ["features", "pca", "components", "models", "table", "merge"] as const;
export type SurveyStage = (typeof surveyStages)[number];

/** A stage that is one task for each shard, and not one for all. */
export const isSharded = (stage: SurveyStage) => ["features", "components", "table"].includes(stage);

/** What each stage is made from, besides the plan: "same" is the same shard's, "all" every shard's. */
const sources: Record<SurveyStage, readonly (readonly [SurveyStage, "same" | "all"])[]> = {
  features: [],
  pca: [["features", "all"]],
  components: [
    ["features", "same"],
    ["pca", "all"],
  ],
  models: [["components", "all"]],
  table: [
    ["components", "same"],
    ["models", "all"],
  ],
  merge: [["table", "all"]],
};

/** The Gaussian process of a search, where labels were given: the table then has scores. */
export const scoreModelPath = (folder: string) => join(folder, "labels", "model.json");

/** One task of a survey and whether it is done. */
export interface TaskState {
  stage: SurveyStage;
  shard: number | null;
  receipt: Receipt | null;
  /** What its receipt must say it was made from; null while a stage before it is not done. */
  madeFrom: string | null;
  /** Why it is to be run; null where it is done. */
  missing: string | null;
}

/** Every task of a survey, stage by stage. Receipts are read once, so a survey of thousands of shards is seconds. */
export async function surveyTasks(
  folder: string,
  plan: SurveyPlan,
  { verify = false, until }: { verify?: boolean; until?: SurveyStage } = {},
): Promise<Map<SurveyStage, TaskState[]>> {
  const done = new Map<SurveyStage, TaskState[]>();
  const scores = await scoresDigest(folder);
  for (const stage of surveyStages) {
    const shards = isSharded(stage) ? plan.shards.map((_, k) => k) : [null];
    const all = new Map(sources[stage].map(([from]) => [from, digestOf(done.get(from)!)]));
    const tasks: TaskState[] = [];
    for (const shard of shards) {
      const from = sources[stage].map(([before, which]) =>
        which === "all" ? all.get(before)! : digestOf([done.get(before)![shard!]]),
      );
      const ready = from.every((d) => d !== null);
      const madeFrom = ready ? digestOfInputs(plan, stage, shard, from, scores) : null;
      const receipt = await readReceipt(folder, stage, shard);
      const missing =
        madeFrom === null
          ? "what it is made from is missing"
          : await whyMissing(folder, receipt, madeFrom, verify);
      tasks.push({ stage, shard, receipt, madeFrom, missing });
    }
    done.set(stage, tasks);
    if (stage === until) break;
  }
  return done;
}

/**
 * What one task is made from, by the receipts it needs and no others: a task of a survey of thousands of shards starts
 * by reading two. Fails with the first stage that is not done.
 */
export async function taskInputs(
  folder: string,
  plan: SurveyPlan,
  stage: SurveyStage,
  shard: number | null,
): Promise<string> {
  const from: string[] = [];
  for (const [before, which] of sources[stage]) {
    const shards = which === "same" ? [shard] : isSharded(before) ? plan.shards.map((_, k) => k) : [null];
    const receipts = await Promise.all(shards.map((k) => readReceipt(folder, before, k)));
    const absent = shards.filter((_, i) => !receipts[i]);
    if (absent.length)
      throw new Error(
        `The stage ${stage} needs ${before}, which is not done${absent[0] === null ? "" : ` for shard ${absent.slice(0, 8).join(", ")}`}; run that first.`,
      );
    from.push(receiptsDigest(receipts as Receipt[]));
  }
  return digestOfInputs(plan, stage, shard, from, await scoresDigest(folder));
}

/** Digest of finished tasks; null where one is missing. */
function digestOf(tasks: readonly TaskState[]): string | null {
  return tasks.some((t) => t.missing !== null) ? null : receiptsDigest(tasks.map((t) => t.receipt!));
}

const receiptsDigest = (receipts: readonly Receipt[]) => digest(receipts.map((r) => r.digest).join("\n"));

const digestOfInputs = (
  plan: SurveyPlan,
  stage: SurveyStage,
  shard: number | null,
  from: unknown,
  scores: string,
) => digest(JSON.stringify([plan.key, stage, shard, from, stage === "table" && scores]));

const scoresDigest = async (folder: string) =>
  existsSync(scoreModelPath(folder)) ? fileDigest(scoreModelPath(folder)) : "none";
