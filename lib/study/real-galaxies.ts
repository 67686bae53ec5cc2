import { howToFetch } from "../data/download/how-to-fetch.js";
import { knownByName } from "../data/open-dataset.js";
import { namedDatasets } from "../data/releases/named-datasets.js";
import { openStudy } from "./open-study.js";
import type { Settings } from "./settings.js";
import type { Study } from "./study.js";

/** Who judges: the set with the votes of volunteers. */
const judged = "galaxy-zoo-2";
/** Sets whose images train beside it. */
const beside = ["efigi", "sdss-cutouts", "decals-examples"];

/** A study of real galaxies, or null, and what there is to say about it. */
export interface RealGalaxies {
  study: Study | null;
  /** Which sets it is on and which are not here; where it is null, what would help. */
  note: string;
}

/**
 * Sections 3 to 7 on real galaxies: a network trained on Galaxy Zoo 2's images and those of every other public set that
 * is on this machine, judged by the volunteers of the first. The quick profile takes Galaxy Zoo 2 and the smallest of
 * the others. Null where Galaxy Zoo 2 is missing, and for a run on a person's own images, who has asked for no others.
 */
export async function openRealGalaxies(run: Settings): Promise<RealGalaxies> {
  if (knownByName(run.dataset) === null)
    return { study: null, note: "This run is on images of your own: the other notebooks are about them." };
  const find = async (name: string) => (await namedDatasets.get(name)!.find()) !== null;
  if (!(await find(judged))) {
    const { files } = namedDatasets.get(judged)!;
    const fetch = `${howToFetch(judged)} fetches it (3.4 GB)`;
    const note = `This notebook needs Galaxy Zoo 2 (${files}): ${fetch}, or LATENT_SKY_DATA names its folder.`;
    return { study: null, note };
  }
  const wanted = run.profile === "quick" ? beside.slice(-1) : beside;
  const here: string[] = [];
  for (const name of wanted) if (await find(name)) here.push(name);
  const missing = wanted.filter((name) => !here.includes(name));
  const dataset = [judged, ...here].join("+");
  const files = missing.map((name) => namedDatasets.get(name)!.files).join(", ");
  const note = [
    `Trained on ${[judged, ...here].join(", ")}; judged on ${judged}.`,
    ...(missing.length ? [`Not here, and left out: ${missing.join(", ")} (${files}).`] : []),
  ].join(" ");
  return { study: await openStudy({ ...run, dataset }), note };
}
