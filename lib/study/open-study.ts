import type { Dataset, Sky } from "../data/dataset.js";
import type { Settings } from "./settings.js";
import { skies } from "./skies.js";
import { Study } from "./study.js";
import { openStudyData } from "./study-data.js";
import { commonStarts, type WeightsStart } from "./weights-starts.js";

/** Opens the study that a notebook is about; its images are found or drawn, nothing is computed yet. */
export async function openStudy(settings: Settings, sky: Sky = "optical"): Promise<Study> {
  const studied = await openStudyData(settings, sky);
  let known: Promise<WeightsStart[]> | undefined;
  const starts = () => {
    known ??= skies[sky].starts({ settings, studied, encode });
    return known;
  };
  return new Study(settings, studied, starts);
}

/** The weights' file of a network trained on another dataset: a start of the weights. */
async function encode(settings: Settings, other: Sky | Dataset): Promise<string> {
  const study =
    typeof other === "string"
      ? await openStudy(settings, other)
      : new Study(settings, other, async () => commonStarts());
  try {
    return await (await study.representation()).encoderFile();
  } finally {
    await study.close();
  }
}
