import { readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { TilePlace } from "../data/cutouts/survey-tile.js";
import { startEngine } from "../engine/engine.js";
import { numeric } from "../engine/numeric/numeric.js";
import { atomicWrite } from "../files/atomic-write.js";
import type { OnProgress } from "../progress-event.js";
import { mergeShards } from "./merge-shards.js";
import { failurePath, readReceipt, whyMissing, writeReceipt } from "./receipts.js";
import { shardFeatures } from "./shard-features.js";
import { shardTable } from "./shard-table.js";
import { shardComponents, surveyPca } from "./survey-components.js";
import { surveyModels } from "./survey-models.js";
import { readPlan, tilesPath } from "./survey-plan.js";
import { isSharded, type SurveyStage, surveyStages, taskInputs } from "./survey-stages.js";

export interface TaskOptions {
  /** Cores; default what Slurm gave, else all. */
  threads?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Runs one task of a survey: a stage, of one shard where the stage has shards. What is done already is not done again.
 * Outputs appear whole, under their names; the receipt comes last, so a task that was killed at any moment is one
 * that was not done. A failure is noted, with its reason, for `status` to tell.
 */
export async function runTask(
  folder: string,
  stage: SurveyStage,
  shard: number | null,
  options: TaskOptions = {},
): Promise<"done" | "there"> {
  if (!surveyStages.includes(stage))
    throw new Error(`There is no stage "${stage}"; the stages are ${surveyStages.join(", ")}.`);
  const plan = await readPlan(folder);
  if (
    isSharded(stage)
      ? !(Number.isInteger(shard) && shard! >= 0 && shard! < plan.shards.length)
      : shard !== null
  )
    throw new Error(
      isSharded(stage)
        ? `The stage ${stage} has shards 0 to ${plan.shards.length - 1}; there is no ${shard}.`
        : `The stage ${stage} is one task, without shards.`,
    );
  const madeFrom = await taskInputs(folder, plan, stage, shard);
  if ((await whyMissing(folder, await readReceipt(folder, stage, shard), madeFrom)) === null) return "there";
  const start = performance.now();
  const threads = options.threads ?? Number(process.env.SLURM_CPUS_PER_TASK ?? availableParallelism());
  try {
    numeric()?.threads(threads);
    let engine = "none";
    if (stage === "features") {
      const info = await startEngine({ threads, precision: plan.precision });
      engine = `${info.backend} on ${info.device}, ${info.threads} threads`;
    }
    const made = await work();
    await writeReceipt(folder, {
      stage,
      shard,
      madeFrom,
      ...made,
      precision: plan.precision,
      engine,
      seconds: (performance.now() - start) / 1000,
    });
    await rm(failurePath(folder, stage, shard), { force: true });
    return "done";
  } catch (error) {
    const { message } = error as Error;
    if (!options.signal?.aborted)
      await atomicWrite(
        failurePath(folder, stage, shard),
        `${JSON.stringify({ message, job: process.env.SLURM_JOB_ID ?? null, host: process.env.SLURMD_NODENAME ?? null })}\n`,
      ).catch(() => {});
    throw error;
  }

  async function work() {
    switch (stage) {
      case "features": {
        const tiles = JSON.parse(await readFile(tilesPath(folder), "utf8")) as TilePlace[];
        return shardFeatures(folder, plan, tiles, shard!, options);
      }
      case "pca":
        return surveyPca(folder, plan);
      case "components":
        return shardComponents(folder, plan, shard!);
      case "models":
        return surveyModels(folder, plan, options);
      case "table":
        return shardTable(folder, plan, shard!);
      case "merge":
        return mergeShards(folder, plan);
    }
  }
}
