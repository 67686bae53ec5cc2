import type { Catalogue } from "../data/tables/catalogue.js";
import { columnsOfRows } from "../data/tables/join-table.js";
import type { Table } from "../data/tables/table.js";
import { withTreeVotes } from "../data/votes/with-tree-votes.js";

/** What a features file says beside its numbers; `notes` are what using its votes has to add to the table's own. */
export interface BesideFeatures {
  labels: readonly (string | null)[] | null;
  catalogue: Catalogue;
  notes: readonly string[];
}

/**
 * The classes and the other columns of a features file for images whose `rows` in it are known (-1: none), as a table
 * named with `labels` gives them; `idColumn` names the images, also where it is one of numbers, and is left out.
 */
export function columnsBeside(names: Table, rows: Int32Array, idColumn: string | null): BesideFeatures {
  const table = withTreeVotes(names);
  const numeric = new Map([...table.numeric].filter(([name]) => name !== idColumn));
  const notes = table.notes?.slice(names.notes?.length ?? 0) ?? [];
  return { ...columnsOfRows({ ...table, numeric }, rows, idColumn ?? ""), notes };
}
