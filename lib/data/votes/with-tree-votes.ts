import { shortList } from "../../short-list.js";
import type { Table } from "../tables/table.js";
import { decisionTree, type Question, voteColumns } from "./decision-tree.js";
import { galaxyZoo2Votes } from "./galaxy-zoo-2-columns.js";

/** Galaxy Zoo 2 and its like: t01_smooth_or_features_a01_smooth_count. */
const galaxyZoo2 = /^t\d\d_\w+_a\d\d_/i;
/** Galaxy Zoo 1 (Lintott et al. 2011): P_EL, P_CS_DEBIASED. */
const galaxyZoo1 = /^p_(el|cw|acw|edge|dk|mg|cs)(_debiased)?$/i;

/**
 * A table with the votes in it under the tree's names: Galaxy Zoo 2's published columns are turned into them, those of
 * Galaxy Zoo DECaLS have them already. Columns that look like votes and cannot be used stay what they are, and a note
 * says which would be needed; so does one for each question of the tree that is there in part.
 */
export function withTreeVotes(table: Table): Table {
  if (table.names.some((n) => galaxyZoo2.test(n))) {
    const { table: whole, unasked, missing } = galaxyZoo2Votes(table);
    if (unasked.length === 0) return whole;
    const which = unasked.length === decisionTree.length ? "any question" : unasked.join(", ");
    return noted(
      whole,
      `it has no votes on ${which}: Galaxy Zoo 2's columns ${shortList(missing)} are missing`,
    );
  }
  if (table.names.filter((n) => galaxyZoo1.test(n)).length > 1)
    return noted(table, `its columns of Galaxy Zoo 1 are not taken for votes; ${expected}`);
  const partly = decisionTree
    .filter((q) => table.names.some((name) => isLike(name, q)))
    .map((q) => ({ question: q.name, missing: needed(q).filter((name) => !table.numeric.has(name)) }))
    .filter(({ missing }) => missing.length);
  if (partly.length === 0) return table;
  const [questions, missing] = [partly.map((p) => p.question), partly.flatMap((p) => p.missing)];
  return noted(
    table,
    `it has no votes on ${questions.join(", ")}: the columns ${shortList(missing)} are missing`,
  );
}

/** What to write above a column of votes. */
export const expected =
  "votes are read from columns such as smooth-or-featured_total-votes, smooth-or-featured_smooth_fraction " +
  "(Galaxy Zoo DECaLS) or t01_smooth_or_features_a01_smooth_count (Galaxy Zoo 2)";

const needed = (q: Question) => [
  voteColumns.total(q.name),
  ...q.answers.map((a) => voteColumns.fraction(q.name, a.name)),
];

/** Whether a column is called as votes on a question are, in this or another release ("bar-gz2_yes"). */
function isLike(name: string, q: Question): boolean {
  const [, rest] = new RegExp(`^${q.name}(?:-[a-z0-9]+)?_(.+)$`, "i").exec(name) ?? [];
  if (rest === undefined) return false;
  return /(total-votes|fraction|debiased|count|votes)$/i.test(rest) || q.answers.some((a) => a.name === rest);
}

function noted(table: Table, note: string): Table {
  return { ...table, notes: [...(table.notes ?? []), note] };
}
