import { Catalogue } from "../tables/catalogue.js";
import { decisionTree, treeQuestion, voteColumns } from "./decision-tree.js";

/** The votes of volunteers on a dataset's images, by the columns of `decisionTree`'s questions. */
export class VoteTable extends Catalogue {
  /** Rows that somebody voted on, ascending: what a count of labelled galaxies counts. */
  get voted(): Uint32Array {
    const totals = decisionTree
      .map((q) => voteColumns.total(q.name))
      .filter((name) => this.has(name))
      .map((name) => this.column(name));
    return Uint32Array.from({ length: this.length }, (_, i) => i).filter((i) => totals.some((t) => t[i] > 0));
  }

  /** Whether the table has a question of the tree with all its answers. */
  asks(question: string): boolean {
    const { answers } = treeQuestion(question);
    const columns = answers.map((a) => voteColumns.fraction(question, a.name));
    return this.missing([voteColumns.total(question), ...columns]).length === 0;
  }

  override select(indices: ArrayLike<number>): VoteTable {
    return new VoteTable(indices.length, this.picked(indices));
  }
}

/** The votes in a catalogue; null where it counts none, whatever else it holds. */
export function volunteerVotes(catalogue: Catalogue | null): VoteTable | null {
  if (!catalogue) return null;
  const votes = new VoteTable(
    catalogue.length,
    new Map(catalogue.names.map((name) => [name, catalogue.column(name)])),
  );
  return votes.voted.length > 0 ? votes : null;
}
