import { isText, type SavedColumn } from "../data/tables/saved-table.js";
import type { Matrix } from "../matrix.js";
import type { StudyImages } from "./study-images.js";

/** A column of numbers for some of the images: at `rows`; NaN, "no value", for the others. All of them without `rows`. */
export type ResultColumn = SavedColumn & { rows?: ArrayLike<number> };

/** Spreads a column's values over `n` images. */
export function overAll({ rows, ...column }: ResultColumn, n: number): SavedColumn {
  const { name, values } = column;
  if (!rows) return column;
  if (rows.length !== values.length)
    throw new Error(`Column "${name}" has ${values.length} values for ${rows.length} images.`);
  if (isText(values)) throw new Error(`Column "${name}" is text: give a value for each image.`);
  const all = new Float64Array(n).fill(Number.NaN);
  for (let i = 0; i < rows.length; i++) all[rows[i]] = values[i];
  return { ...column, values: all };
}

/** What a study has found of its images, for `resultsTable`. */
export interface Results {
  images: StudyImages;
  /** Principal components, [n, d]. */
  components: Matrix;
  clusters: ArrayLike<number>;
  /** Of each image in each cluster, [n, K]. */
  probabilities: Matrix;
  /** UMAP, [n, 2]. */
  plane: Matrix;
}

/**
 * One row an image: its id, all that its catalogue had, its class where it has one, its cluster with the probability
 * of that cluster, its place in the plane and its principal components. A column of the catalogue that has a name of
 * ours, or that of another but for its case, keeps its values under `catalogue_NAME`; so do
 * those called like the columns that come behind, `more`.
 */
export function resultsTable(
  { images, components, clusters, probabilities, plane }: Results,
  more: readonly string[] = [],
): SavedColumn[] {
  const { stack, catalogue, labels } = images;
  const n = stack.ids.length;
  const [, d] = components.shape;
  const [, k] = probabilities.shape;
  const column = (name: string, value: (row: number) => number, description?: string): SavedColumn => ({
    name,
    values: Float64Array.from({ length: n }, (_, row) => value(row)),
    description,
  });
  const found: SavedColumn[] = [
    ...(labels ? [{ name: "label", values: labels, description: "class that came with the image" }] : []),
    { name: "cluster", values: Int32Array.from(clusters), description: "of the Bayesian Gaussian mixture" },
    column("probability", (row) => probabilities.data[row * k + clusters[row]], "of that cluster"),
    column("umap_x", (row) => plane.data[2 * row]),
    column("umap_y", (row) => plane.data[2 * row + 1]),
    ...Array.from({ length: d }, (_, j) =>
      column(`pc${j + 1}`, (row) => components.data[row * d + j], "principal component"),
    ),
  ];
  const taken = new Set([
    "id",
    ...[...found.map(({ name }) => name), ...more].map((name) => name.toLowerCase()),
  ]);
  // Kinds of table in which case makes no difference would have two columns of one name.
  const fresh = (name: string) => {
    let own = taken.has(name.toLowerCase()) ? `catalogue_${name}` : name;
    for (let k = 2; taken.has(own.toLowerCase()); k++) own = `catalogue_${name}_${k}`;
    taken.add(own.toLowerCase());
    return own;
  };
  const numbers = (catalogue?.names ?? []).map((name): SavedColumn => {
    const isPosition = /^(ra|dec)$/i.test(name);
    return { name: fresh(name), values: catalogue!.column(name), unit: isPosition ? "deg" : undefined };
  });
  const words = [...(catalogue?.text ?? [])].map(([name, values]) => ({ name: fresh(name), values }));
  const theirs: SavedColumn[] = [...numbers, ...words];
  return [{ name: "id", values: stack.ids }, ...theirs, ...found];
}
