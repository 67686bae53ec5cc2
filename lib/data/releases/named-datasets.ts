import * as releases from "./index.js";
import type { NamedDataset } from "./named-dataset.js";

/** Every dataset that can be opened by name. */
export const namedDatasets: ReadonlyMap<string, NamedDataset> = new Map(
  Object.values(releases)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((release) => [release.name, release]),
);
