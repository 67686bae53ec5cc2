import { readFile } from "node:fs/promises";
import { type CutoutDataset, cutoutDataset } from "../data/cutouts/cutout-dataset.js";
import type { CutoutPlace } from "../data/cutouts/place-sources.js";
import type { TilePlace } from "../data/cutouts/survey-tile.js";
import { type SurveyPlan, tilesPath } from "./survey-plan.js";

/** The cutouts of some sources of a survey, as its networks saw them before the crop. */
export async function surveyImages(
  folder: string,
  plan: SurveyPlan,
  places: readonly CutoutPlace[],
): Promise<CutoutDataset> {
  const tiles = JSON.parse(await readFile(tilesPath(folder), "utf8")) as TilePlace[];
  return cutoutDataset({ images: plan.images, lupton: plan.lupton ?? undefined }, tiles, places, {
    stretch: plan.stretch ?? undefined,
  });
}
