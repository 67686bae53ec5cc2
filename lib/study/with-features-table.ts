import { basename } from "node:path";
import type { Dataset } from "../data/dataset.js";
import { Catalogue } from "../data/tables/catalogue.js";
import { galaxyZoo2Evaluation } from "../data/votes/galaxy-zoo-2-columns.js";
import type { GivenFeatures } from "../nn/read-features.js";
import { shortList } from "../short-list.js";
import { columnsBeside } from "./columns-beside.js";
import type { FeatureRows } from "./feature-source.js";

/**
 * The images with what a features file says of them beside its numbers, as a table named with `labels` would have been
 * joined: a column of classes becomes the labels where the images have none, other columns go to the catalogue. What
 * the images' own table has stays as it is; which columns came and which did not stands in `skipped`.
 */
export function withFeaturesTable(
  dataset: Dataset,
  { path, names }: GivenFeatures,
  { rows, idColumn }: FeatureRows,
): Dataset {
  if (!names) return dataset;
  const beside = columnsBeside(names, rows, idColumn);
  const own = dataset.catalogue ?? new Catalogue(dataset.length, new Map());
  const isOwn = (name: string) => own.has(name) || own.text.has(name);
  const mine = own.names.map((name) => [name, own.column(name)] as const);
  const numbers = beside.catalogue.names.filter((name) => !isOwn(name));
  const words = [...beside.catalogue.text].filter(([name]) => !isOwn(name));
  const twice = [...beside.catalogue.names, ...beside.catalogue.text.keys()].filter(isOwn);
  const labels = dataset.labels ?? beside.labels;
  const catalogue = new Catalogue(
    dataset.length,
    new Map([...mine, ...numbers.map((name) => [name, beside.catalogue.column(name)] as const)]),
    new Map([...own.text, ...words]),
  );
  const file = basename(path);
  const notes = [...beside.notes];
  if (beside.labels && dataset.labels)
    notes.push("its column of classes was left out: the images have labels");
  if (twice.length) notes.push(`columns that the images' own table has were left out (${shortList(twice)})`);
  return {
    ...dataset,
    labels,
    catalogue: catalogue.names.length + catalogue.text.size ? catalogue : null,
    evaluation: (dataset.catalogue ? null : galaxyZoo2Evaluation(catalogue)) ?? dataset.evaluation,
    skipped: [...(dataset.skipped ?? []), ...notes.map((reason) => ({ name: file, reason }))],
    image: (i) => dataset.image(i),
    close: () => dataset.close(),
  };
}
