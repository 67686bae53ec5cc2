import { voteColumns } from "./decision-tree.js";
import type { VoteTable } from "./vote-table.js";

const kinds = [
  ["spiral", "has-spiral-arms", "yes"],
  ["edge-on", "disk-edge-on", "yes"],
  ["merger", "merging", "merger"],
  ["smooth", "smooth-or-featured", "smooth"],
] as const;

export type ExampleKind = (typeof kinds)[number][0];

/** Shares of forty volunteers that differ by less are hardly told apart: about a standard error of their difference. */
const alike = 0.1;

/** Of fewer votes a share says little. */
const fewestVotes = 10;

/** So many are enough to choose from by eye or by image. */
const most = 100;

/**
 * The surest galaxies of four kinds, those within 0.1 of the surest of all and at most a hundred, among rows with at
 * least ten votes for the question. A galaxy is as sure as the share of *all* its volunteers who gave the kind's
 * answer: where few were asked about arms, most saw none, whatever those few said. The surest first; of equal ones the
 * row with most votes, then the first. Kinds that the table has no columns for, or nobody voted on, are left out.
 */
export function surestRows(votes: VoteTable): { name: ExampleKind; rows: number[] }[] {
  const everybody = voteColumns.total("smooth-or-featured");
  const all = votes.has(everybody) ? votes.column(everybody) : null;
  return kinds.flatMap(([name, question, answer]) => {
    const columns = [voteColumns.fraction(question, answer), voteColumns.total(question)];
    if (votes.missing(columns).length) return [];
    const [fraction, total] = columns.map((c) => votes.column(c));
    const share = (i: number) => fraction[i] * (all && all[i] > total[i] ? total[i] / all[i] : 1);
    const rows = [...fraction.keys()]
      .filter((i) => total[i] >= fewestVotes && Number.isFinite(fraction[i]))
      .sort((a, b) => share(b) - share(a) || total[b] - total[a] || a - b);
    const sure = rows.filter((i) => share(i) > share(rows[0]) - alike).slice(0, most);
    return sure.length ? [{ name, rows: sure }] : [];
  });
}
