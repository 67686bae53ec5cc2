import { basename } from "node:path";
import type { Skipped } from "../data/archives/archive.js";
import type { Dataset } from "../data/dataset.js";
import type { ImageStack } from "../data/images/image.js";
import { matchTable } from "../data/tables/join-table.js";
import { columnText, type Table } from "../data/tables/table.js";
import { type Matrix, takeRows } from "../matrix.js";
import type { Encoder } from "../nn/encoder.js";
import type { GivenFeatures } from "../nn/read-features.js";
import { progress } from "../notebook/progress.js";
import { shortList } from "../short-list.js";
import type { StudyImages } from "./study-images.js";

/** Where a study's features come from when it trains no network of its own. */
export interface FeatureSource {
  /** As a figure's second line calls them. */
  readonly name: string;
  /** What they are and how they were joined, in words. */
  readonly note: string;
  /** Stands for them in the keys of stages. */
  readonly digest: string;
  /** Rows of the dataset that have features; null, all of them. */
  readonly rows: ReadonlySet<number> | null;
  /** Images without a row, rows without an image. */
  readonly skipped: readonly Skipped[];
  /** Features of a study's images, [n, d]. */
  of(images: StudyImages): Promise<Matrix>;
  /** The same network on other images; null where only its numbers are here. */
  readonly encode: ((stack: ImageStack) => Promise<Matrix>) | null;
}

/** Which row of a features file each image has, -1 for none, and the column that named the images; null where none did. */
export interface FeatureRows {
  rows: Int32Array;
  idColumn: string | null;
}

/**
 * Features from a file as a study's own: each row goes to the image that its name means, as rows of every table do
 * (`joinTable`: a path is told by its folders). A file without names is taken in the order of the images where the
 * counts agree. A name that comes twice is refused, for which of its rows is meant cannot be known.
 */
export function featuresOf(
  given: GivenFeatures,
  dataset: Dataset,
): FeatureSource & { readonly joined: FeatureRows } {
  const { path, features, columns } = given;
  const [n, d] = features.shape;
  const { rows, idColumn, skipped, words } = joinRows(given, dataset);
  const present = new Set([...rows.keys()].filter((i) => rows[i] >= 0));
  const name = basename(path);
  const left = skipped.map(({ reason, name: names }) => `; ${reason} (${names})`).join("");
  return {
    name,
    note:
      `${d} numbers an image from ${path} (${columns}; SHA-256 ${given.digest.slice(0, 8)}...), ` +
      `${words}: ${present.size} of ${dataset.length} images, ${n} rows${left}`,
    digest: given.digest,
    rows: present.size < dataset.length ? present : null,
    skipped,
    of: async ({ indices }) =>
      takeRows(
        features,
        Array.from(indices, (i) => rows[i]),
      ),
    encode: null,
    joined: { rows, idColumn },
  };
}

/** A network from an ONNX file as a study's own: it looks at every image, and at others when it is asked. */
export function featuresBy(net: Encoder): FeatureSource {
  const { name, note, digest } = net;
  return {
    name,
    note,
    digest,
    rows: null,
    skipped: [],
    async of({ stack }) {
      const bar = progress(`Features of ${name}`);
      const features = await net.features(stack, { onProgress: bar });
      bar.done();
      return features;
    },
    encode: (stack) => net.features(stack),
  };
}

function joinRows(
  { path, features, names }: GivenFeatures,
  dataset: Dataset,
): FeatureRows & { skipped: readonly Skipped[]; words: string } {
  const [n] = features.shape;
  if (!names) {
    if (n !== dataset.length)
      throw new Error(
        `${path} has ${n} rows and nothing that names them, and ${dataset.name} has ${dataset.length} images: ` +
          "lay their ids beside it (a .csv or .txt of the same name, a line a row).",
      );
    const words = `rows taken in the order of the images, "${dataset.ids[0]}" first, "${dataset.ids.at(-1)}" last`;
    return { rows: Int32Array.from({ length: n }, (_, i) => i), idColumn: null, skipped: [], words };
  }
  const { path: archive } = dataset.provenance;
  const images = dataset.ids.map((id) => ({ id, entry: id, archive }));
  const { idColumn, match, skipped } = matchTable(names, images);
  const value = columnText(names, idColumn)!;
  if (match.repeated.length)
    throw new Error(
      `${path} has more than one row for ${shortList([...new Set(match.repeated.map(value))])} (column "${idColumn}"): ` +
        "leave one for each image.",
    );
  return { rows: match.rows, idColumn, skipped, words: `joined on "${idColumn}"` };
}

/**
 * The column that names the rows where there are no images to ask: called as such, else the first of words no two of
 * which are alike (a column of classes names nothing).
 */
export function namingColumn(names: Table): string | null {
  const called = names.names.find((n) =>
    /^(iauname|id|ids|name|file_?(name|path|loc)?|path|objid|id_str|(object|source|asset|image)_?id)$/i.test(
      n,
    ),
  );
  const areAllOther = (words: readonly string[]) =>
    new Set(words).size === words.length && !words.includes("");
  return called ?? [...names.text].find(([, words]) => areAllOther(words))?.[0] ?? null;
}
