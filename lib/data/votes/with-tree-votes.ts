import { shortList } from "../../short-list.js";
import { columnNamed, type Table } from "../tables/table.js";
import { decisionTree, type Question, voteColumns } from "./decision-tree.js";
import { withoutFractionsAboveOne } from "./fractions-above-one.js";
import { galaxyZoo2Votes } from "./galaxy-zoo-2-columns.js";

/** Galaxy Zoo 2 and its like: t01_smooth_or_features_a01_smooth_count. */
const galaxyZoo2 = /^t\d\d_\w+_a\d\d_/i;
/** Galaxy Zoo 1 (Lintott et al. 2011): P_EL, P_CS_DEBIASED. */
const galaxyZoo1 = /^p_(el|cw|acw|edge|dk|mg|cs)(_debiased)?$/i;

/**
 * A table with the votes in it under the tree's names: Galaxy Zoo 2's published columns are turned into them, those of
 * Galaxy Zoo DECaLS have them already. Columns that look like votes and cannot be used stay what they are, and a note
 * says which would be needed; so does one for each question of the tree that is there in part. Fractions above 1 are
 * left out, with a note too (`withoutFractionsAboveOne`).
 */
export function withTreeVotes(table: Table): Table {
  const high = withoutFractionsAboveOne(table);
  const sound = high?.table ?? table;
  const notes: string[] = [];
  /** Notes that there are no votes on these questions: for columns that the file lacks, else for what is left out. */
  const tell = (unasked: readonly string[], lacking: readonly string[], whose: string) => {
    const which = unasked.length === decisionTree.length ? "any question" : unasked.join(", ");
    const without = unasked.length ? `it has no votes on ${which}: ` : "";
    const missing = lacking.filter((name) => columnNamed(table, name) === null);
    const isMissing = unasked.length > 0 && missing.length > 0;
    if (isMissing) notes.push(`${without}${whose} ${shortList(missing)} are missing`);
    if (high) notes.push(isMissing ? high.note : `${without}${high.note}`);
  };
  let read = sound;
  if (table.names.some((n) => galaxyZoo2.test(n))) {
    const votes = galaxyZoo2Votes(sound);
    read = votes.table;
    tell(votes.unasked, votes.missing, "Galaxy Zoo 2's columns");
  } else if (table.names.filter((n) => galaxyZoo1.test(n)).length > 1)
    notes.push(`its columns of Galaxy Zoo 1 are not taken for votes; ${expected}`);
  else {
    const partly = decisionTree
      .filter((q) => table.names.some((name) => isLike(name, q)))
      .map((q) => ({ question: q.name, missing: needed(q).filter((name) => !sound.numeric.has(name)) }))
      .filter(({ missing }) => missing.length);
    const [questions, missing] = [partly.map((p) => p.question), partly.flatMap((p) => p.missing)];
    tell(questions, missing, "the columns");
  }
  return notes.length ? { ...read, notes: [...(read.notes ?? []), ...notes] } : read;
}

/** What to write above a column of votes. */
const expected =
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
