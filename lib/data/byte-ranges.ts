import { dirname, resolve } from "node:path";
import { type KeptFile, openKeptFile } from "../files/kept-file.js";
import { shortList } from "../short-list.js";
import { type Archive, archiveLimits, fingerprintOf, type Skipped } from "./archives/archive.js";
import { contentSample, sampledOf } from "./archives/content-sample.js";
import type { Dataset } from "./dataset.js";
import type { DatasetOptions } from "./dataset-options.js";
import { firstImages, imageDataset } from "./releases/image-dataset.js";
import { columnsOfRows } from "./tables/join-table.js";
import { readTable } from "./tables/read-table.js";
import { columnNamed, columnText, type Table } from "./tables/table.js";
import { galaxyZoo2Evaluation } from "./votes/galaxy-zoo-2-columns.js";
import { withTreeVotes } from "./votes/with-tree-votes.js";

/** Images that lie inside larger files: a survey's own containers, shards of a training set, a tar of another's. */
export interface ByteRanges {
  /**
   * A table (CSV, parquet, FITS ...) with the columns `id`, `path`, `offset` and `length`, both in bytes. Paths are below
   * the table's folder or absolute. Its other columns become labels and catalogue, as those of any table beside images.
   */
  ranges: string;
}

interface Range {
  /** Of the table. */
  row: number;
  id: string;
  path: string;
  offset: number;
  length: number;
}

/** Files held open; where there are more, the others are opened for each read. */
const OPEN = 200;

/**
 * A dataset of images each of which is `length` bytes from `offset` on of a file, whole as a JPEG, PNG, WebP, TIFF or
 * FITS file would be. Nothing is copied. Rows that name no image, or one beyond the end of its file, are in `skipped`.
 */
export async function openByteRanges({ ranges }: ByteRanges, options: DatasetOptions = {}): Promise<Dataset> {
  const table = await readTable(ranges);
  const files = new Files();
  try {
    const { kept, skipped } = await rangesOf(table, files);
    if (kept.length === 0) {
      const why = skipped.length ? shortList(skipped.map((s) => `${s.name}: ${s.reason}`)) : "it has no rows";
      throw new Error(`No row of ${ranges} names an image: ${why}.`);
    }
    for (const reason of table.notes ?? []) skipped.push({ name: ranges, reason });
    const archive = await archiveOf(ranges, kept, skipped, files);
    const all = kept.map(({ id }) => ({ id, archive, entry: id }));
    const { sources, beyond } = firstImages(all, options.limit);
    const rows = Int32Array.from(sources, (_, i) => kept[i].row);
    const idColumn = columnNamed(table, "id")!;
    const { labels, catalogue } = columnsOfRows(withTreeVotes(table), rows, idColumn, options.labelColumn);
    return imageDataset({
      name: ranges,
      sources,
      archives: [archive],
      labels,
      catalogue,
      evaluation: galaxyZoo2Evaluation(catalogue),
      provenance: {
        source: `images by the byte ranges of ${ranges}`,
        path: ranges,
        fingerprint: archive.fingerprint,
      },
      skipped: beyond,
      decode: { stretch: options.stretch, fitsUnit: options.fitsUnit },
    });
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** The rows that can be read, in the table's order, and why the others cannot. */
async function rangesOf(table: Table, files: Files): Promise<{ kept: Range[]; skipped: Skipped[] }> {
  const text = (name: string) => {
    const column = columnNamed(table, name);
    if (column === null)
      throw new Error(`${table.path} has no column "${name}"; byte ranges need id, path, offset and length.`);
    return columnText(table, column)!;
  };
  const [id, path, offset, length] = ["id", "path", "offset", "length"].map(text);
  const kept: Range[] = [];
  const skipped: Skipped[] = [];
  const taken = new Set<string>();
  for (let row = 0; row < table.length; row++) {
    const range = {
      row,
      id: id(row),
      path: resolve(dirname(table.path), path(row)),
      offset: wholeNumber(offset(row)),
      length: wholeNumber(length(row)),
    };
    const reason = await whyNot(range, path(row), taken, files);
    if (reason === null) {
      taken.add(range.id);
      kept.push(range);
    } else skipped.push({ name: range.id || `row ${row + 1} of ${table.path}`, reason });
  }
  return { kept, skipped };
}

/** NaN for what is none. */
const wholeNumber = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);

async function whyNot(
  { id, path, offset, length }: Range,
  written: string,
  taken: Set<string>,
  files: Files,
) {
  if (id === "") return "it has no id";
  if (taken.has(id)) return "an earlier row has the same id";
  if (written === "") return "it has no path";
  if (!Number.isSafeInteger(offset)) return "its offset is no whole number of bytes";
  if (!Number.isSafeInteger(length) || length === 0) return "its length is no whole number of bytes above 0";
  if (length > archiveLimits.maxEntryBytes) return `its ${length} bytes are more than an image may have`;
  const size = await files.size(path);
  if (size === null) return `${path} is not there or cannot be read`;
  return offset + length > size ? `${path} ends at byte ${size}, before its end` : null;
}

async function archiveOf(
  path: string,
  ranges: readonly Range[],
  skipped: Skipped[],
  files: Files,
): Promise<Archive> {
  const places = new Map(ranges.map((range) => [range.id, range]));
  const content = await contentSample(
    ranges.map((r) => r.length),
    (i, at, length) => files.read({ ...ranges[i], offset: ranges[i].offset + at, length }),
  );
  return {
    path,
    kind: "file",
    entries: ranges.map(({ id, length }) => ({ name: id, size: length })),
    skipped,
    fingerprint: fingerprintOf([
      ...ranges.map((r) => `${r.id}\0${r.path}\0${r.offset}\0${r.length}`),
      content,
    ]),
    sampled: sampledOf(ranges.length),
    async read(name) {
      const range = places.get(name);
      if (!range) throw new Error(`${path} has no row "${name}".`);
      return files.read(range);
    },
    close: () => files.close(),
  };
}

/** The files behind the ranges, opened when they are first read. */
class Files {
  private readonly opened = new Map<string, Promise<KeptFile>>();
  private readonly sizes = new Map<string, Promise<number | null>>();

  /** Bytes; null where the file cannot be opened. */
  size(path: string): Promise<number | null> {
    const known = this.sizes.get(path) ?? this.with(path, async (file) => file.size).catch(() => null);
    this.sizes.set(path, known);
    return known;
  }

  async read({ id, path, offset, length }: Range): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const whole = await this.with(path, (file) => file.read(bytes, offset));
    if (!whole) throw new Error(`${path} ends inside image ${id}, which it held when it was opened.`);
    return bytes;
  }

  async close(): Promise<void> {
    const all = [...this.opened.values()];
    this.opened.clear();
    await Promise.all(all.map(async (file) => (await file.catch(() => null))?.close()));
  }

  private async with<T>(path: string, use: (file: KeptFile) => Promise<T>): Promise<T> {
    const kept = this.opened.get(path);
    if (kept || this.opened.size < OPEN) {
      const file = kept ?? openKeptFile(path);
      this.opened.set(path, file);
      return use(await file);
    }
    const file = await openKeptFile(path);
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }
}
