import { basename } from "node:path";
import { shortList } from "../../short-list.js";
import type { Archive, Skipped } from "../archives/archive.js";
import type { Dataset, Provenance, Sky } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { companionFiles, whyCompanion } from "../images/fits/companions.js";
import { unreadKind } from "../images/unread-kinds.js";
import type { Catalogue } from "../tables/catalogue.js";
import { type JoinedTable, joinTable } from "../tables/join-table.js";
import type { Table } from "../tables/table.js";
import type { EvaluationRule } from "../votes/evaluation.js";
import { galaxyZoo2Evaluation } from "../votes/galaxy-zoo-2-columns.js";
import { withTreeVotes } from "../votes/with-tree-votes.js";
import { type FoundTable, findTable, notJoined } from "./find-table.js";
import { firstImages, type ImageEntry, imageDataset, listImages, namedImages } from "./image-dataset.js";
import { previews } from "./previews.js";

/** What a release knows about itself that its files do not say. */
export interface FolderRelease {
  keep?: (entry: string) => boolean;
  /** Default `withTreeVotes`. */
  reshape?: (table: Table) => Table;
  label?: (id: string) => string | null;
  sky?: Sky;
  evaluation?: EvaluationRule;
}

/**
 * Any folder, zip or tar of JPEG, PNG, WebP, TIFF and FITS images. Labels and votes (`withTreeVotes`) come from the table
 * named in `options.labels`, else from the only table found among the images, if it matches them (see `findTable`). Without a
 * label column, images that lie in several folders are labelled with their folder's name. `skipped` lists what is an
 * image or a table by its name and is not used, with the reason, and what of the table fits no image.
 */
export async function openImageFolder(
  archive: Archive,
  name: string,
  provenance: Provenance,
  options: DatasetOptions = {},
  special: FolderRelease = {},
): Promise<Dataset> {
  try {
    const { found, skipped } = await findTable(archive, options.labels);
    const { images: all, skipped: left } = imagesOf(
      archive,
      special.keep,
      found.map((f) => f.entry),
    );
    const joined = join(found, all, options, special.reshape);
    const { sources, beyond } = firstImages(all, options.limit);
    return imageDataset({
      name,
      sources,
      archives: [archive],
      labels:
        joined.labels ?? (special.label ? sources.map((s) => special.label!(s.id)) : folderLabels(sources)),
      catalogue: joined.catalogue,
      sky: special.sky,
      evaluation: special.evaluation ?? galaxyZoo2Evaluation(joined.catalogue),
      provenance,
      skipped: [...left, ...beyond, ...skipped, ...joined.skipped],
      decode: { stretch: options.stretch, fitsUnit: options.fitsUnit },
    });
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** The provenance of something a person opened by path, about which nothing else is known. */
export function ownProvenance(archive: Archive): Provenance {
  return {
    source: `your own ${archive.kind} ${basename(archive.path)}`,
    path: archive.path,
    fingerprint: archive.fingerprint,
  };
}

/** The images that are used, and files that look like images and are not. */
function imagesOf(
  archive: Archive,
  wanted: (entry: string) => boolean = () => true,
  tables: readonly (string | null)[],
): { images: ImageEntry[]; skipped: Skipped[] } {
  const names = archive.entries.map((e) => e.name).filter((n) => !tables.includes(n) && wanted(n));
  const doubles = previews(names);
  const companions = companionFiles(names.filter((n) => !doubles.has(n)));
  const skipped = names.flatMap((name): Skipped[] => {
    const original = doubles.get(name);
    const picture = companions.get(name);
    const reason =
      original !== undefined
        ? `it shows the same object as ${original}, which is read instead`
        : picture !== undefined
          ? whyCompanion(picture)
          : unreadKind(name);
    return reason === null ? [] : [{ name, reason }];
  });
  const used = new Set(names.filter((n) => !doubles.has(n) && !companions.has(n)));
  const images = listImages([archive], (entry) => used.has(entry));
  if (images.length === 0) {
    const reasons = [...archive.skipped, ...skipped].map((s) => `${s.name}: ${s.reason}`);
    const list = reasons.length ? ` ${shortList(reasons)}.` : "";
    throw new Error(`${archive.path} holds no JPEG, PNG, WebP, TIFF or FITS image that can be used.${list}`);
  }
  return { images, skipped };
}

/** The table joined to the images; one found by itself must not keep the images from opening. */
function join(
  found: readonly FoundTable[],
  images: readonly ImageEntry[],
  options: DatasetOptions,
  reshape: (table: Table) => Table = withTreeVotes,
): Pick<JoinedTable, "labels" | "skipped"> & { catalogue: Catalogue | null } {
  const joined: JoinedTable[] = [];
  const skipped: Skipped[] = [];
  for (const { table, entry, mayBeProse } of found)
    try {
      joined.push(joinTable(reshape(table), namedImages(images), options));
    } catch (error) {
      const { labels, idColumn, labelColumn } = options;
      if (labels !== undefined || idColumn !== undefined || labelColumn !== undefined) throw error;
      if (!mayBeProse) skipped.push({ name: entry ?? table.path, reason: notJoined(error) });
    }
  if (joined.length === 1) return { ...joined[0], skipped: [...skipped, ...joined[0].skipped] };
  if (joined.length > 1) {
    const reason = `${joined.length} tables fit the images and none was joined; name the right one with labels`;
    skipped.push({ name: shortList(found.map((f) => f.entry ?? f.table.path)), reason });
  }
  return { catalogue: null, labels: null, skipped };
}

function folderLabels(sources: readonly ImageEntry[]): (string | null)[] | null {
  const folders = sources.map((s) => s.entry.split("/").at(-2) ?? null);
  return new Set(folders).size > 1 ? folders : null;
}
