import type { Dataset } from "../data/dataset.js";
import { memoryStack, type SourcedStack } from "../data/images/image-stack.js";
import { columnText } from "../data/tables/table.js";
import { galaxyZoo2Evaluation } from "../data/votes/galaxy-zoo-2-columns.js";
import type { GivenFeatures } from "../nn/read-features.js";
import { columnsBeside } from "./columns-beside.js";
import { namingColumn } from "./feature-source.js";

/** What a run's `--dataset` says where there are features and no images. */
export const NO_IMAGES = "none";

/** Side of the squares that stand for images that are not there, and their grey. */
const SIDE = 32;
const GREY = 200;

/**
 * A features file as a dataset of its own: the ids of its rows, a column of classes as labels, its other columns as
 * catalogue (`columnsBeside`, as of images), and a grey square in place of every picture. Clusters, planes, searches by
 * votes, neighbours and tables need no more.
 */
export function featuresAlone({ path, features, names, digest }: GivenFeatures): Dataset {
  const [n] = features.shape;
  const column = names && namingColumn(names);
  const text = column && columnText(names, column);
  const ids = Array.from({ length: n }, (_, row) => (text ? text(row) : `row ${row}`));
  const known = new Set<string>();
  const twice = ids.find((id) => known.size === known.add(id).size);
  if (twice !== undefined)
    throw new Error(`${path} has more than one row for ${twice} (column "${column}").`);
  const rows = Int32Array.from({ length: n }, (_, row) => row);
  const beside = names && columnsBeside(names, rows, column);
  const catalogue =
    beside && (beside.catalogue.names.length + beside.catalogue.text.size ? beside.catalogue : null);
  return {
    name: NO_IMAGES,
    length: n,
    ids,
    labels: beside?.labels ?? null,
    catalogue,
    sky: "optical",
    drawn: false,
    blank: true,
    evaluation: galaxyZoo2Evaluation(catalogue) ?? { by: "votes" },
    provenance: { source: `features without images, ${path}`, path, fingerprint: digest },
    // What else there is to say of the table is said where its rows are joined.
    skipped: (beside?.notes ?? []).map((reason) => ({ name: path, reason })),
    image: async () => ({ data: square(), width: SIDE, height: SIDE, channels: 3 }),
    close: async () => {},
  };
}

/** All of its squares, which are nowhere: a stack of a million takes no more room than one of ten. */
export function squares(dataset: Dataset): SourcedStack {
  const one = square();
  const empty = memoryStack({ data: new Uint8Array(0), height: SIDE, width: SIDE, channels: 3, ids: [] });
  return {
    ...empty,
    length: dataset.length,
    ids: dataset.ids,
    indices: Uint32Array.from({ length: dataset.length }, (_, i) => i),
    async read(indices, into) {
      const out = into ?? new Uint8Array(indices.length * one.length);
      for (let k = 0; k < indices.length; k++) out.set(one, k * one.length);
      return out;
    },
  };
}

const square = () => new Uint8Array(SIDE * SIDE * 3).fill(GREY);
