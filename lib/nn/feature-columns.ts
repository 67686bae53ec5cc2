import { shortList } from "../short-list.js";

/** The columns that are features, in their order, and how a person would call them. */
export interface FeatureColumns {
  names: readonly string[];
  words: string;
}

/**
 * The numbered series among column names, "f000" to "f511" or "feat_0_pca" to "feat_39_pca": names that differ in their
 * last number alone. The longest is taken, or the one that is `asked` for by what stands before its numbers; of equals
 * none is guessed.
 */
export function columnsBySeries(names: readonly string[], asked?: string): FeatureColumns {
  const series = new Map<string, { stem: string; columns: { name: string; number: number }[] }>();
  for (const name of names) {
    const match = /^(.*\D)?(\d+)(\D*)$/.exec(name);
    if (!match) continue;
    const [, stem = "", digits, ending] = match;
    const key = `${stem}#${ending}`;
    const known = series.get(key) ?? { stem, columns: [] };
    known.columns.push({ name, number: Number(digits) });
    series.set(key, known);
  }
  const fitting = [...series.values()].filter(
    ({ stem, columns }) => columns.length > 1 && (asked === undefined || stem === asked),
  );
  fitting.sort((a, b) => b.columns.length - a.columns.length);
  const [best, second] = fitting;
  const shown = shortList(names);
  if (!best)
    throw new Error(
      asked === undefined
        ? `no column of lists and no numbered columns (f0, f1, ...) hold the features; its columns are ${shown}`
        : `there is no list column "${asked}" and no series "${asked}0", "${asked}1", ...; its columns are ${shown}`,
    );
  if (second?.columns.length === best.columns.length)
    throw new Error(
      `"${best.columns[0].name}" ... and "${second.columns[0].name}" ... are series of ${best.columns.length} columns; ` +
        `write "[${best.stem}]" behind the file's name to take the first`,
    );
  const columns = best.columns.sort((a, b) => a.number - b.number).map((c) => c.name);
  return { names: columns, words: `columns "${columns[0]}" to "${columns.at(-1)}"` };
}
