import type { Dataset, Sky } from "../data/dataset.js";
import type { ImageStack } from "../data/images/image.js";
import { knownByName, openDataset } from "../data/open-dataset.js";
import type { Catalogue } from "../data/tables/catalogue.js";
import { type VoteTable, volunteerVotes } from "../data/votes/vote-table.js";
import { progress } from "../notebook/progress.js";
import { profileSizes } from "./profile-sizes.js";
import type { Settings } from "./settings.js";
import { skies } from "./skies.js";

/**
 * The dataset a notebook means when the run says `--dataset NAME`: that one where it lies under the notebook's sky,
 * else the one that stands in. The radio notebook takes MiraBest beside the mock survey and any released one, where it
 * is on this machine or can be fetched, and the mock radio set beside a person's own images; the optical notebooks take
 * the mock survey beside a radio set.
 */
export async function openStudyData(
  settings: Settings,
  sky: Sky,
  openNamed: () => Promise<Dataset> = () => open(settings.dataset, settings, sky),
): Promise<{ dataset: Dataset; standsIn: boolean }> {
  const known = knownByName(settings.dataset);
  if (!known || known.sky === sky) {
    const dataset = await openNamed();
    if (dataset.sky === sky) return { dataset, standsIn: false };
    await dataset.close();
  }
  const other = await skies[sky].standIn({ own: known === null });
  if (other.why) console.log(other.why);
  return { dataset: await open(other.name, settings, sky), standsIn: true };
}

async function open(name: string, { profile, seed }: Settings, sky: Sky): Promise<Dataset> {
  const { survey: size, limit } = profileSizes(profile, sky);
  const bar = progress(`Drawing the ${skies[sky].drawn}`);
  const dataset = await openDataset(name, { limit, mock: { size, seed, onProgress: bar } });
  bar.done();
  return dataset;
}

/** Images that a study works on: a stack, and what the dataset knows about each of its rows. */
export interface StudyImages {
  stack: ImageStack;
  /** Row of each image in the dataset. */
  indices: Uint32Array;
  catalogue: Catalogue | null;
  votes: VoteTable | null;
  labels: readonly (string | null)[] | null;
}

/** The images at `rows`, with what is known about them; pixels are read when asked for. */
export function pickImages(images: StudyImages, rows: ArrayLike<number>): StudyImages {
  const { stack } = images;
  const chosen = Array.from(rows);
  const catalogue = images.catalogue?.select(chosen) ?? null;
  return {
    stack: {
      ...stack,
      length: chosen.length,
      ids: chosen.map((r) => stack.ids[r]),
      read: (indices, into) =>
        stack.read(
          Array.from(indices, (i) => chosen[i]),
          into,
        ),
    },
    indices: Uint32Array.from(chosen, (r) => images.indices[r]),
    catalogue,
    votes: volunteerVotes(catalogue),
    labels: images.labels ? chosen.map((r) => images.labels![r]) : null,
  };
}
