import { existsSync } from "node:fs";
import { paths } from "../files/paths.js";
import { openArchive } from "./archives/open-archive.js";
import { type ByteRanges, openByteRanges } from "./byte-ranges.js";
import { type CutoutSurvey, openCutouts } from "./cutouts/cutout-dataset.js";
import type { Dataset, Sky } from "./dataset.js";
import type { DatasetOptions } from "./dataset-options.js";
import { howToFetch } from "./download/how-to-fetch.js";
import { imageNamePattern } from "./images/decode-image.js";
import { checkStretch } from "./images/stretch.js";
import { namesTogether } from "./names-together.js";
import { isGalaxyZooDecals, openGalaxyZooDecals } from "./releases/galaxy-zoo-decals.js";
import { openImageFolder, ownProvenance } from "./releases/image-folder.js";
import { joinDatasets } from "./releases/join-datasets.js";
import { openMiraBest } from "./releases/mirabest.js";
import { namedDatasets } from "./releases/named-datasets.js";

/**
 * Opens a dataset by name (`datasetNames`) or by path: a folder, zip, tar or tar.gz of images, one image, a folder laid
 * out as the Galaxy Zoo DECaLS release, or MiraBest's batches. Named sets are looked for in `LATENT_SKY_DATA`, then among the
 * downloads; `mock` and `mock-radio` are made on first use. Images are decoded one by one, straight from the archive.
 * Names with a plus between them ("galaxy-zoo-2+efigi") are opened together; a limit then holds for each. A path may
 * hold a plus itself. The tiles of a survey with a catalogue, `{ images, catalogue, size, bands }`, are opened as
 * cutouts (`openCutouts`), images inside larger files by a table of places, `{ ranges }` (`ByteRanges`).
 */
export async function openDataset(
  nameOrFolder: string | CutoutSurvey | ByteRanges,
  options: DatasetOptions = {},
): Promise<Dataset> {
  if (options.limit !== undefined && !(Number.isInteger(options.limit) && options.limit > 0))
    throw new Error(`limit must be a whole number of images above 0; it is ${options.limit}.`);
  checkStretch(options.stretch);
  if (typeof nameOrFolder !== "string")
    return "ranges" in nameOrFolder
      ? openByteRanges(nameOrFolder, options)
      : openCutouts(nameOrFolder, options);
  const named = namedDatasets.get(nameOrFolder);
  if (named) {
    const path = await named.find();
    if (path) return named.open(path, options);
    throw new Error(
      `The dataset "${nameOrFolder}" (${named.files}) is not on this machine; looked in ${paths.archives().join(" and ")}. ` +
        (named.manifest ? `Get it with: ${howToFetch(nameOrFolder)}` : "Put it in one of these folders."),
    );
  }
  if (!existsSync(nameOrFolder) && nameOrFolder.includes("+")) {
    const isKnown = (name: string) => namedDatasets.has(name) || existsSync(name);
    return openTogether(namesTogether(nameOrFolder, isKnown), options);
  }
  if (!existsSync(nameOrFolder))
    throw new Error(
      `"${nameOrFolder}" is neither a file or folder nor a known dataset; known are ${[...namedDatasets.keys()].join(", ")}.`,
    );
  if (isGalaxyZooDecals(nameOrFolder)) return openGalaxyZooDecals(nameOrFolder, options);
  const archive = await openArchive(nameOrFolder);
  const names = archive.entries.map((e) => e.name);
  // Beside pictures, batches are listed as not read: which of the two is meant cannot be known.
  if (names.some((n) => /(^|\/)data_batch_1$/.test(n)) && !names.some((n) => imageNamePattern.test(n)))
    return openMiraBest(archive, "mirabest-batches", ownProvenance(archive), options);
  return openImageFolder(archive, nameOrFolder, ownProvenance(archive), options);
}

async function openTogether(names: readonly string[], options: DatasetOptions): Promise<Dataset> {
  const opened: Dataset[] = [];
  try {
    for (const name of names) opened.push(await openDataset(name, options));
    return joinDatasets(opened);
  } catch (error) {
    for (const dataset of opened) await dataset.close();
    throw error;
  }
}

/** What is known of a dataset by its name alone; null for a path, which has to be opened to tell. */
export function knownByName(name: string): { sky: Sky; drawn: boolean } | null {
  const named = namedDatasets.get(name.split("+")[0]);
  return named ? { sky: named.sky, drawn: named.drawn ?? false } : null;
}

/** The names `openDataset` knows, and which of them can be opened right now without a download. */
export async function listDatasets(): Promise<{ name: string; source: string; here: boolean }[]> {
  return Promise.all(
    [...namedDatasets].map(async ([name, d]) => ({
      name,
      source: d.source,
      here: (await d.find()) !== null,
    })),
  );
}
