import type { Dataset, Sky } from "../data/dataset.js";
import { knownByName, openDataset } from "../data/open-dataset.js";
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
