import { mergerDefaults } from "../data/votes/vote-cuts.js";
import { atomicWrite } from "../files/atomic-write.js";
import type { Matrix } from "../matrix.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import { findSources } from "./find-source.js";
import { readPlan } from "./survey-plan.js";
import { scoreModelPath } from "./survey-stages.js";

/**
 * Section 7.1 for a survey: fits the paper's Gaussian process to scores of some sources and keeps it; the stage `table`
 * then gives every source its score. Running the survey again brings the tables up to date and nothing else.
 */
export async function scoreSurvey(
  folder: string,
  scores: ReadonlyMap<string, number>,
): Promise<{ labelled: number; lengthScale: number; noiseLevel: number }> {
  if (scores.size < 2) throw new Error(`${scores.size} sources have a score; score two or more.`);
  const highest = mergerDefaults.highestScore;
  const bad = [...scores].find(([, score]) => !(score >= 0 && score <= highest));
  if (bad) throw new Error(`"${bad[0]}" has the score ${bad[1]}; scores go from 0 to ${highest}.`);
  // In the order of the ids: the model must not depend on the order in which labels were given.
  const ids = [...scores.keys()].sort();
  const found = await findSources(folder, await readPlan(folder), ids);
  const d = found.get(ids[0])!.components.length;
  const x: Matrix = { data: new Float64Array(ids.length * d), shape: [ids.length, d] };
  for (const [i, id] of ids.entries()) x.data.set(found.get(id)!.components, i * d);
  const model = new GaussianProcessRegressor().fit(
    x,
    ids.map((id) => scores.get(id)!),
  );
  await atomicWrite(scoreModelPath(folder), `${JSON.stringify(model)}\n`);
  return { labelled: ids.length, lengthScale: model.lengthScale, noiseLevel: model.noiseLevel };
}
