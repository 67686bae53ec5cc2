import type { VoteTable } from "../data/votes/vote-table.js";
import { answerFractions, figure7Answers, hasAnswer } from "./vote-answers.js";

/**
 * The numbers behind Fig. 7: for each of its five answers the vote fractions of all galaxies and of every cluster,
 * except the clusters in `leftOut`. At least ten votes, conditions as in section 6.2; questions the table does not
 * ask are left out.
 */
export function violinPanels(votes: VoteTable, clusters: ArrayLike<number>, leftOut: readonly number[] = []) {
  if (clusters.length !== votes.length)
    throw new Error(`violinPanels: ${clusters.length} cluster numbers for ${votes.length} rows of votes.`);
  const numbers = [...new Set(Array.from(clusters))]
    .filter((c) => !leftOut.includes(c))
    .sort((a, b) => a - b);
  return figure7Answers
    .filter((answer) => hasAnswer(votes, answer))
    .map((answer) => {
      const fractions = answerFractions(votes, answer);
      const of = (c: number) => fractions.filter((_, i) => clusters[i] === c);
      return {
        label: answer.label,
        groups: [
          { label: "all", values: fractions },
          ...numbers.map((c) => ({ label: String(c), values: of(c) })),
        ],
      };
    });
}
