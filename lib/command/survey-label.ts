import { join } from "node:path";
import { activeLearning } from "../discovery/active-learning.js";
import { searchDefaults } from "../discovery/search-defaults.js";
import { label } from "../notebook/label.js";
import { readKeptSources } from "../survey/shard-files.js";
import { surveyImages } from "../survey/survey-images.js";
import { readSample } from "../survey/survey-models.js";
import type { SurveyPlan } from "../survey/survey-plan.js";

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
  const panel = await label({
    images,
    file: join(folder, "labels", "labels.jsonl"),
    total: searchDefaults.budget,
    by: "person",
  });
  const stop = () => void panel.close();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const awake = setInterval(() => {}, 1e9); // a panel keeps no process alive
  try {
    console.log(`Open ${panel.url} and score what you see from 0 to 5; Ctrl-C ends.`);
    const search = activeLearning(x, {
      oracle: panel.oracle,
      budget: searchDefaults.budget,
      ahead: 3,
      ids: images.ids,
      log: join(folder, "labels", "search.json"),
    });
    for await (const { labels } of search) {
      scores.clear();
      for (const [row, score] of labels) scores.set(images.ids[row], score);
    }
  } catch (error) {
    if (!signal.aborted || scores.size < 2) throw error;
  } finally {
    clearInterval(awake);
    signal.removeEventListener("abort", stop);
    await panel.close();
    await images.close();
  }
  return scores;
}
