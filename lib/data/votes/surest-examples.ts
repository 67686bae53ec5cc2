import { voteColumns } from "./decision-tree.js";
import type { VoteTable } from "./vote-table.js";

const kinds = [
  ["spiral", "has-spiral-arms", "yes"],
  ["edge-on", "disk-edge-on", "yes"],
  ["merger", "merging", "merger"],
  ["smooth", "smooth-or-featured", "smooth"],
] as const;

/**
 * One galaxy for each of four kinds, to stand for a sample in a figure: the row with the highest vote fraction among
 * those with at least `minVotes` votes for the question; of equal ones the row with most votes, then the first. Kinds
 * that the table has no columns for, or nobody voted on, are left out.
 */
export function surestExamples(votes: VoteTable, minVotes = 10): { name: string; row: number }[] {
  const found: { name: string; row: number }[] = [];
  for (const [name, question, answer] of kinds) {
    const columns = [voteColumns.fraction(question, answer), voteColumns.total(question)];
    if (votes.missing(columns).length) continue;
    const [fraction, total] = columns.map((c) => votes.column(c));
    let best = -1;
    for (let i = 0; i < votes.length; i++) {
      if (!(total[i] >= minVotes) || !Number.isFinite(fraction[i]) || found.some((f) => f.row === i))
        continue;
      if (
        best < 0 ||
        fraction[i] > fraction[best] ||
        (fraction[i] === fraction[best] && total[i] > total[best])
      )
        best = i;
    }
    if (best >= 0) found.push({ name, row: best });
  }
  return found;
}
