import { join } from "node:path";
import { activeLearning } from "../discovery/active-learning.js";
import { searchDefaults } from "../discovery/search-defaults.js";
import { readKeptSources } from "../survey/shard-files.js";
import { surveyImages } from "../survey/survey-images.js";
import type { SurveyPlan } from "../survey/survey-plan.js";
import { readSample } from "../survey/survey-sample.js";
import { answersAhead, scoreInBrowser } from "./score-in-browser.js";

/** Sources among which the search asks: a round predicts them all, in a second or two. */
const CANDIDATES = 20_000;

/**
 * A person scores sources in the browser, chosen as in section 7.1 among those whose ids hash lowest. Answers are kept
 * as they are given; Ctrl-C ends it, and the same command goes on.
 */
export async function labelSurvey(
  folder: string,
  plan: SurveyPlan,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { x, rows } = await readSample(folder, plan, CANDIDATES);
  const shards = new Map<number, Awaited<ReturnType<typeof readKeptSources>>>();
  for (const shard of new Set(rows.map((r) => r.shard)))
    shards.set(shard, await readKeptSources(folder, shard));
  const places = rows.map(({ shard, row }) => shards.get(shard)![row]);
  shards.clear();
  const images = await surveyImages(folder, plan, places);
  const scores = new Map<string, number>();
  const total = searchDefaults.budget;
  const labels = (file: string) => join(folder, "labels", file);
  try {
    await scoreInBrowser({ images, file: labels("labels.jsonl"), total }, signal, async ({ oracle }) => {
      const log = labels("search.json");
      const search = activeLearning(x, { oracle, budget: total, ahead: answersAhead, ids: images.ids, log });
      for await (const round of search) {
        scores.clear();
        for (const [row, score] of round.labels) scores.set(images.ids[row], score);
      }
    });
  } finally {
    await images.close();
  }
  if (scores.size < 2) signal.throwIfAborted();
  return scores;
}
