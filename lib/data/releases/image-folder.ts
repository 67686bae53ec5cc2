import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Archive, Skipped } from "../archives/archive.js";
import type { Dataset, Provenance } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { joinTable, shortList } from "../tables/join-table.js";
import { readTable, type Table } from "../tables/table.js";
import type { VoteTable } from "../votes/vote-table.js";
import { type ImageSource, imageDataset, listImages } from "./image-dataset.js";

/**
 * Any folder, zip or tar of JPEG, PNG, TIFF and FITS images. Labels and votes come from the table named in
 * `options.labels`, else from the only CSV, TSV or parquet found beside the images, if any matches them. Without a
 * label column, images that lie in several folders are labelled with their folder's name.
 */
export async function openImageFolder(
  archive: Archive,
  name: string,
  provenance: Provenance,
  options: DatasetOptions = {},
  special: {
    keep?: (entry: string) => boolean;
    reshape?: (table: Table) => Table;
    label?: (id: string) => string | null;
  } = {},
): Promise<Dataset> {
  const all = listImages([archive], special.keep);
  if (all.length === 0) {
    const reasons = archive.skipped.length
      ? ` ${shortList(archive.skipped.map((s) => `${s.name}: ${s.reason}`))}.`
      : "";
    await archive.close();
    throw new Error(`${archive.path} holds no JPEG, PNG, TIFF or FITS image that can be used.${reasons}`);
  }
  const sources = all.slice(0, options.limit);
  try {
    const joined = await joinLabels(archive, sources, options, special.reshape ?? ((t) => t));
    return imageDataset({
      name,
      sources,
      archives: [archive],
      labels:
        joined?.labels ?? (special.label ? sources.map((s) => special.label!(s.id)) : folderLabels(sources)),
      votes: joined?.votes ?? null,
      provenance,
      skipped: joined?.skipped,
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

async function joinLabels(
  archive: Archive,
  sources: readonly ImageSource[],
  options: DatasetOptions,
  reshape: (table: Table) => Table,
): Promise<{ votes: VoteTable | null; labels: (string | null)[] | null; skipped: Skipped[] } | null> {
  const ids = sources.map((s) => s.id);
  if (options.labels !== undefined) {
    const inside = archive.entries.some((e) => e.name === options.labels);
    if (!inside && !existsSync(options.labels))
      throw new Error(`There is no table ${options.labels}, neither as a file nor inside ${archive.path}.`);
    const table = inside
      ? await readTable(options.labels, await archive.read(options.labels))
      : await readTable(options.labels);
    return joinTable(reshape(table), ids, options);
  }
  const tables = archive.entries.filter((e) => /\.(csv|tsv|parquet|txt)(\.gz)?$/i.test(e.name));
  if (tables.length !== 1) return null;
  const isText = /\.txt(\.gz)?$/i.test(tables[0].name);
  try {
    const table = await readTable(`${archive.path}: ${tables[0].name}`, await archive.read(tables[0].name));
    return joinTable(reshape(table), ids, options);
  } catch (error) {
    // A README.txt is no broken table; and a table found by itself must not keep the images from opening.
    if (options.idColumn !== undefined || options.labelColumn !== undefined) throw error;
    const reason = `it was not joined: ${(error as Error).message}`;
    return isText ? null : { votes: null, labels: null, skipped: [{ name: tables[0].name, reason }] };
  }
}

function folderLabels(sources: readonly ImageSource[]): (string | null)[] | null {
  const folders = sources.map((s) => s.entry.split("/").at(-2) ?? null);
  return new Set(folders).size > 1 ? folders : null;
}
