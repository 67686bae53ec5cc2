import type { Dataset, Sky } from "../data/dataset.js";
import type { ImageStack } from "../data/images/image.js";
import { mockRadio } from "../data/mock/mock-radio.js";
import { mockSurvey } from "../data/mock/mock-survey.js";
import { listDatasets, openDataset } from "../data/open-dataset.js";
import type { VoteTable } from "../data/votes/vote-table.js";
import { progress } from "../notebook/progress.js";
import { profileSizes } from "./profile-sizes.js";
import type { Settings } from "./settings.js";

/** What a study is about. */
export type StudyKind = Sky;

/** The sets of radio galaxies; any other dataset is taken for an optical one. */
const radioSets = ["mirabest", "mock-radio"];

/**
 * The dataset a notebook means when the run says `--dataset NAME`. The radio notebook takes MiraBest beside any real
 * optical set, where it is on this machine; the optical notebooks take the mock survey beside a radio set.
 */
export async function openStudyData({ dataset, profile, seed }: Settings, kind: StudyKind): Promise<Dataset> {
  const sizes = profileSizes(profile, kind);
  const isRadio = radioSets.includes(dataset);
  let name = dataset;
  if (kind === "radio" && !isRadio) {
    const here = (await listDatasets()).some((d) => d.name === "mirabest" && d.here);
    name = dataset !== "mock" && here ? "mirabest" : "mock-radio";
  } else if (kind === "optical" && isRadio) name = "mock";
  if (name === "mock-radio") {
    const bar = progress("Drawing the mock radio sources");
    const path = await mockRadio({ size: sizes.survey, seed, onProgress: bar });
    bar.done();
    return openDataset(path);
  }
  if (name === "mock") {
    const bar = progress("Drawing the mock survey");
    const path = await mockSurvey({ size: sizes.survey, seed, onProgress: bar });
    bar.done();
    return openDataset(path);
  }
  return openDataset(name, kind === "optical" ? { limit: sizes.limit } : {});
}

/** Images that a study works on: a stack, and what the dataset knows about each of its rows. */
export interface StudyImages {
  stack: ImageStack;
  /** Row of each image in the dataset. */
  indices: Uint32Array;
  votes: VoteTable | null;
  labels: readonly (string | null)[] | null;
}

/** The images at `rows`, with their votes and labels; pixels are read when asked for. */
export function pickImages(images: StudyImages, rows: ArrayLike<number>): StudyImages {
  const { stack } = images;
  const chosen = Array.from(rows);
  return {
    stack: {
      ...stack,
      length: chosen.length,
      ids: chosen.map((r) => stack.ids[r]),
      read: (indices) => stack.read(Array.from(indices, (i) => chosen[i])),
    },
    indices: Uint32Array.from(chosen, (r) => images.indices[r]),
    votes: images.votes?.select(chosen) ?? null,
    labels: images.labels ? chosen.map((r) => images.labels![r]) : null,
  };
}
