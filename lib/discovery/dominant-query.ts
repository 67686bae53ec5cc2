import type { ActiveLearningRound } from "./active-learning.js";

/** How many of the sought were among what one query showed to the oracle. */
export interface QueryCount {
  /** The starting sample is query 1, as in the paper: its fifth query came when 40 objects were labelled. */
  query: number;
  /** Objects labelled before it. */
  labelled: number;
  asked: number;
  found: number;
}

/** Fig. 10 in numbers: the true ones in each query. */
export function queryCounts(
  rounds: readonly Pick<ActiveLearningRound, "queried">[],
  truth: ArrayLike<boolean | number>,
): QueryCount[] {
  let labelled = 0;
  return rounds.map(({ queried }, r) => {
    const count = { query: r + 1, labelled, asked: queried.length, found: 0 };
    count.found = queried.filter((row) => truth[row]).length;
    labelled += queried.length;
    return count;
  });
}

/**
 * Section 7.1's "the query from which mergers dominate", by a rule, since the paper states none: the first query that
 * holds more true ones than others and is followed by another such query. Null where no two in a row do.
 */
export function dominantQuery(counts: readonly QueryCount[]): number | null {
  return counts.find((c, q) => dominated(c) && dominated(counts[q + 1]))?.query ?? null;
}

/** The same for a reader, with what became of it: nothing keeps later queries from holding few again. */
export function dominanceInWords(counts: readonly QueryCount[]): string {
  const first = dominantQuery(counts);
  if (first === null) return "They never dominate two queries running.";
  const later = counts.filter((c) => c.query > first + 1);
  const dominant = `They dominate two queries running from query ${first}`;
  if (!later.length) return `${dominant}, the last but one.`;
  return `${dominant}, and ${later.filter(dominated).length} of the ${later.length} after these two.`;
}

function dominated(count: QueryCount | undefined): boolean {
  return count !== undefined && 2 * count.found > count.asked;
}
