import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { paths } from "../../files/paths.js";
import { openArchive } from "../archives/open-archive.js";
import type { Dataset } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { joinTable } from "../tables/join-table.js";
import { readTable } from "../tables/read-table.js";
import { columnText, type Table } from "../tables/table.js";
import { galaxyZoo2Evaluation, galaxyZoo2ToTree } from "../votes/galaxy-zoo-2-columns.js";
import { firstImages, imageDataset, listImages, namedImages } from "./image-dataset.js";
import { openImageFolder } from "./image-folder.js";
import type { NamedDataset } from "./named-dataset.js";

const sample = "galaxy-zoo-2-sample.zip";
const images = ["images_gz2", "images_gz2.zip"];
const mapping = "gz2_filename_mapping.csv";
const votes = ["gz2_hart16.csv", "gz2_hart16.csv.gz"];

/** The whole release where a folder has its three files, else the sample. */
function findGalaxyZoo2(folders: readonly string[]): string | null {
  const first = (folder: string, names: readonly string[]) =>
    names.map((n) => join(folder, n)).find((p) => existsSync(p));
  for (const folder of folders.flatMap((f) => [f, join(f, "galaxy-zoo-2")])) {
    const found = first(folder, images);
    if (found && first(folder, votes) && existsSync(join(folder, mapping))) return found;
  }
  return folders.map((f) => first(f, [sample])).find((p) => p !== undefined) ?? null;
}

/**
 * Galaxy Zoo 2: SDSS images with the votes of Willett et al. (2013) as Hart et al. (2016) released them, its task columns
 * mapped onto the decision tree's (see galaxy-zoo-2-columns.ts). The release names images by `asset_id` and rows by
 * `dr7objid`; its mapping file joins the two. The sample carries its own `labels.csv`, keyed by `asset_id`.
 */
async function openGalaxyZoo2(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const archive = await openArchive(path);
  const provenance = {
    source: galaxyZoo2.source,
    url: "https://zenodo.org/records/3565489",
    path,
    fingerprint: archive.fingerprint,
  };
  const folder = dirname(path);
  const table = votes.map((v) => join(folder, v)).find((p) => existsSync(p));
  if (options.labels !== undefined || path.endsWith(sample) || !table)
    return openImageFolder(archive, "galaxy-zoo-2", provenance, options, {
      reshape: galaxyZoo2ToTree,
    });
  try {
    const sources = listImages([archive]);
    const rows = withAssetIds(await readTable(table), await readTable(join(folder, mapping)));
    const joined = joinTable(galaxyZoo2ToTree(rows), namedImages(sources), {
      idColumn: "asset_id",
      labelColumn: options.labelColumn ?? "gz2_class",
      limit: options.limit,
    });
    const first = firstImages(sources, options.limit);
    return imageDataset({
      name: "galaxy-zoo-2",
      sources: first.sources,
      archives: [archive],
      labels: joined.labels,
      catalogue: joined.catalogue,
      skipped: [...first.beyond, ...joined.skipped],
      evaluation: galaxyZoo2Evaluation(joined.catalogue),
      provenance,
      decode: { stretch: options.stretch },
    });
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** The votes table with the column `asset_id` that the mapping (objid, sample, asset_id) gives each `dr7objid`. */
function withAssetIds(table: Table, map: Table): Table {
  const objid = columnText(map, "objid");
  const asset = columnText(map, "asset_id");
  const key = columnText(table, "dr7objid");
  if (!objid || !asset)
    throw new Error(`${map.path} needs the columns objid and asset_id; it has ${map.names.join(", ")}.`);
  if (!key)
    throw new Error(
      `${table.path} needs the column dr7objid; it has ${table.names.slice(0, 8).join(", ")} ...`,
    );
  const assetOf = new Map(Array.from({ length: map.length }, (_, row) => [objid(row), asset(row)]));
  const ids = Array.from({ length: table.length }, (_, row) => assetOf.get(key(row)) ?? "");
  return { ...table, names: ["asset_id", ...table.names], text: new Map([["asset_id", ids], ...table.text]) };
}

/** Galaxy Zoo 2 by its name. */
export const galaxyZoo2: NamedDataset = {
  name: "galaxy-zoo-2",
  sky: "optical",
  files: "images_gz2.zip, gz2_filename_mapping.csv and gz2_hart16.csv.gz, or galaxy-zoo-2-sample.zip",
  source: "Galaxy Zoo 2 (Willett et al. 2013; Hart et al. 2016), SDSS images",
  manifest: true,
  find: async () => findGalaxyZoo2(paths.archives()),
  open: openGalaxyZoo2,
};
