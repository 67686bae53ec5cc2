import type { Dataset } from "../data/dataset.js";
import { mockRadio } from "../data/mock/mock-radio.js";
import { openDataset } from "../data/open-dataset.js";
import { withoutPositions } from "../data/sky-match.js";
import { progress } from "../notebook/progress.js";
import { centralFrame } from "../preprocess/central-frame.js";
import { profileSizes } from "./profile-sizes.js";
import type { Settings } from "./settings.js";
import { Study } from "./study.js";
import { openStudyData, type StudyKind } from "./study-data.js";
import { encoderFor, trainedEncoders } from "./trained-encoders.js";
import { commonStarts, missingStart, type WeightsStart } from "./weights-starts.js";

/** Opens the study that a notebook is about; its images are found or drawn, nothing is computed yet. */
export async function openStudy(settings: Settings, kind: StudyKind = "optical"): Promise<Study> {
  const dataset = await openStudyData(settings, kind);
  let known: Promise<WeightsStart[]> | undefined;
  const starts = () => {
    known ??= kind === "optical" ? Promise.resolve(commonStarts()) : radioStarts(settings, dataset);
    return known;
  };
  return new Study(settings, kind, dataset, starts);
}

/** The four of section 8.1. */
async function radioStarts(settings: Settings, studied: Dataset): Promise<WeightsStart[]> {
  return [...commonStarts(), await galaxyStart(settings), await radioStart(settings, studied)];
}

/**
 * Section 8.1 (3): a network that notebook 03 or 04 trained on galaxies, by `encoderFor`. Where there is none yet it is
 * trained first, on the mock survey at the standard profile's sizes: the paper's would take days, and a quick run has
 * no time for either.
 */
async function galaxyStart(settings: Settings): Promise<WeightsStart> {
  const name = "galaxies";
  const found = encoderFor(settings, await trainedEncoders("optical"));
  if (found) {
    const note = `BYOL on ${found.images}, ${found.epochs} epochs from ${found.start} weights`;
    return { name, note, available: true, weights: async () => found.file };
  }
  if (settings.profile === "quick")
    return missingStart(name, "no network was trained on galaxies yet; run notebook 03 first.");
  return {
    name,
    note: "BYOL on the mock survey, profile standard; trained before it is used",
    available: true,
    async weights() {
      const study = await openStudy({ ...settings, dataset: "mock", profile: "standard" }, "optical");
      const file = await (await study.representation()).encoderFile();
      await study.close();
      return file;
    },
  };
}

/**
 * Section 8.1 (4): a network trained on other radio images. The paper's was trained on images that are not public;
 * here it is BYOL on the public radio-galaxy set without the sources of the set under study, matched by position, and
 * in its frame (both are FIRST at 1.8 arcseconds a pixel); for the mock on a second mock set.
 */
async function radioStart(settings: Settings, studied: Dataset): Promise<WeightsStart> {
  const name = "radio";
  const sizes = profileSizes(settings.profile, "radio");
  let other: Dataset;
  if (studied.name === "mirabest") {
    if (settings.profile === "quick")
      return missingStart(name, "the quick profile trains no network on other radio images; take standard.");
    try {
      const all = await openDataset("radio-galaxy-dataset");
      const { width } = await studied.image(0);
      other = centralFrame(withoutPositions(all, studied, { radius: 30, limit: sizes.limit }), width);
    } catch (error) {
      return missingStart(name, (error as Error).message);
    }
  } else {
    const bar = progress("Drawing other mock radio sources");
    const path = await mockRadio({
      size: sizes.survey,
      seed: settings.seed + 1_000_003,
      onProgress: bar,
    });
    bar.done();
    other = await openDataset(path);
  }
  const study = new Study(settings, "radio", other, async () => commonStarts());
  return {
    name,
    note: `BYOL on ${other.length} other images (${other.name})`,
    available: true,
    async weights() {
      const file = await (await study.representation()).encoderFile();
      await study.close();
      return file;
    },
  };
}
