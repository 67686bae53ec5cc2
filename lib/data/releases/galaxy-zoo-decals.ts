import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../../files/paths.js";
import { type Archive, fingerprintOf } from "../archives/archive.js";
import { openArchive } from "../archives/open-archive.js";
import type { Dataset } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { truthFile } from "../mock/truth-file.js";
import { joinTable } from "../tables/join-table.js";
import { readTable } from "../tables/read-table.js";
import { votesFile } from "../votes/decision-tree.js";
import { withTreeVotes } from "../votes/with-tree-votes.js";
import { firstImages, imageDataset, listImages, namedImages } from "./image-dataset.js";
import type { NamedDataset } from "./named-dataset.js";

/** The table as released, and as CSV. */
const tableNames = [votesFile, votesFile.replace(".parquet", ".csv")];
/** Image archives of the release, zipped or unpacked, and the folder the mock survey writes. */
const imagePattern = /^(gz_decals_dr5_png_part\d+(\.zip)?|images)$/;

/** Whether a folder is laid out as the release: its votes table lies in it. */
export function isGalaxyZooDecals(path: string): boolean {
  return tableNames.some((name) => existsSync(join(path, name)));
}

/**
 * Galaxy Zoo DECaLS as released (paper 2; Zenodo 4573248), or the mock survey in the same layout: a folder with
 * `gz_decals_volunteers_1_and_2.parquet` and the images `J000/J000xxx.png` in `gz_decals_dr5_png_part1.zip` ... (read
 * straight from the zips), their unpacked folders, or `images/`. The table is joined on `iauname`; images without
 * votes stay, with NaN, as in the paper (269 760 images, 65 290 with votes).
 */
export async function openGalaxyZooDecals(folder: string, options: DatasetOptions = {}): Promise<Dataset> {
  const parts = readdirSync(folder)
    .filter((f) => imagePattern.test(f))
    // A part that was unpacked beside its zip is read once, from the folder.
    .filter((f, _, all) => !(f.endsWith(".zip") && all.includes(f.slice(0, -4))))
    .sort();
  if (parts.length === 0)
    throw new Error(
      `${folder} has the votes table but no images: expected gz_decals_dr5_png_part1.zip ... or a folder images/.`,
    );
  const drawn = existsSync(join(folder, truthFile));
  const archives: Archive[] = [];
  try {
    for (const part of parts) archives.push(await openArchive(join(folder, part)));
    const sources = listImages(archives);
    if (sources.length === 0) throw new Error(`${folder} has no images in ${parts.join(", ")}.`);
    const tablePath = options.labels ?? join(folder, tableNames.find((t) => existsSync(join(folder, t)))!);
    const read = await readTable(tablePath);
    // The release's own table has been looked at; a person's may hold anything.
    const table = options.labels === undefined ? read : withTreeVotes(read);
    const joined = joinTable(table, namedImages(sources), {
      idColumn: options.idColumn ?? "iauname",
      labelColumn: options.labelColumn,
      limit: options.limit,
    });
    const first = firstImages(sources, options.limit);
    const info = statSync(tablePath);
    return imageDataset({
      name: drawn ? "mock" : galaxyZooDecals.name,
      sources: first.sources,
      archives,
      labels: joined.labels,
      catalogue: joined.catalogue,
      drawn,
      provenance: {
        ...(drawn
          ? { source: "the mock survey of this project" }
          : {
              source: galaxyZooDecals.source,
              url: "https://zenodo.org/records/4573248",
              licence: "CC-BY-4.0",
            }),
        path: folder,
        fingerprint: fingerprintOf([...archives.map((a) => a.fingerprint), `${info.size}`]),
      },
      skipped: [...first.beyond, ...joined.skipped],
      decode: { stretch: options.stretch },
    });
  } catch (error) {
    await Promise.all(archives.map((a) => a.close()));
    throw error;
  }
}

/** Galaxy Zoo DECaLS by its name. */
export const galaxyZooDecals: NamedDataset = {
  name: "galaxy-zoo-decals",
  sky: "optical",
  files: "gz_decals_volunteers_1_and_2.parquet and gz_decals_dr5_png_part1.zip to part4.zip",
  source: "Galaxy Zoo DECaLS (Walmsley et al. 2022)",
  manifest: true,
  find: async () =>
    paths
      .archives()
      .flatMap((folder) => [folder, join(folder, "galaxy-zoo-decals")])
      .find(isGalaxyZooDecals) ?? null,
  open: (path, options) => openGalaxyZooDecals(path, options),
};
