import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../dataset.js";
import { readTable } from "../tables/read-table.js";
import type { Table } from "../tables/table.js";
import { truthFile } from "./truth-file.js";

/** What the mock survey knows about its images, rows in the dataset's order. */
export interface MockTruth {
  /** "artefact", or the galaxy's kind. */
  classes: readonly string[];
  /** Every parameter the galaxies were drawn from, and the row of it that belongs to each image. */
  table: Table;
  rows: Uint32Array;
}

/** The truth beside a mock survey; null for any other dataset. */
export async function mockTruth(dataset: Dataset): Promise<MockTruth | null> {
  const path = join(dataset.provenance.path, truthFile);
  if (!existsSync(path)) return null;
  const table = await readTable(path);
  const names = table.text.get("iauname");
  const classes = table.text.get("class");
  if (!names || !classes)
    throw new Error(`${path} has no columns iauname and class; delete the survey's folder.`);
  const row = new Map(names.map((name, i) => [name, i]));
  const rows = Uint32Array.from(dataset.ids, (id) => {
    const i = row.get(id);
    if (i === undefined) throw new Error(`${path} does not know the image "${id}".`);
    return i;
  });
  return { table, rows, classes: Array.from(rows, (i) => classes[i]) };
}
