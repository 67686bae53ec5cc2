import type { NamedImage } from "../data/tables/image-names.js";
import { matchTable } from "../data/tables/join-table.js";
import type { Table } from "../data/tables/table.js";

/** Scores by image, and the names that are of no image here or do not tell which. */
export interface MatchedScores {
  /** By the image's place in the list. */
  scores: Map<number, number>;
  strangers: string[];
  unclear: string[];
}

/**
 * Which image each scored name means, as rows of every table do (`matchTable`): with or without an extension, folders
 * or leading zeros. `path` is what messages call the scores. Fails where no name is an image's.
 */
export function matchScores(
  given: ReadonlyMap<string, number>,
  images: readonly NamedImage[],
  path: string,
): MatchedScores {
  const [names, values] = [[...given.keys()], [...given.values()]];
  const text = new Map([["id", names]]);
  const table: Table = { path, length: names.length, names: ["id"], numeric: new Map(), text };
  const { match } = matchTable(table, images, { idColumn: "id" });
  const named = (rows: readonly number[]) => [...new Set(rows)].map((row) => names[row]);
  return {
    scores: new Map([...match.rows].flatMap((row, i) => (row < 0 ? [] : [[i, values[row]] as const]))),
    strangers: named(match.withoutImage),
    unclear: named([...match.repeated, ...match.ambiguous]),
  };
}
