import { voteColumns } from "./decision-tree.js";
import type { VoteTable } from "./vote-table.js";

export interface EvaluationSubset {
  /** Rows of the table, ascending. */
  indices: Uint32Array;
  /** Class of each of them: 0 round, 1 spiral, 2 edge-on. */
  labels: Uint8Array;
  classes: readonly string[];
}

/** How section 5.1 tells a class; `evaluationCuts` holds the paper's values. */
export interface EvaluationCuts {
  /** Vote fraction a class must exceed. */
  cut?: number;
  /** Fewest votes for every question a class considers. */
  minVotes?: number;
  /** The fraction of "merger" votes must stay below. */
  maxMerger?: number;
  /** Questions whose debiased fraction is used where the paper uses the raw one (Galaxy Zoo 2's first task). */
  debiased?: readonly string[];
}

/** What section 5.1 chose. */
export const evaluationCuts: Readonly<Required<EvaluationCuts>> = {
  cut: 0.8,
  minVotes: 5,
  maxMerger: 0.2,
  debiased: [],
};

/** What section 7.1 chose: a true merger's fraction and fewest votes, and the score of what is sought. */
export const mergerDefaults: Readonly<{ cut: number; minVotes: number; highestScore: number }> = {
  cut: 0.4,
  minVotes: 10,
  highestScore: 5,
};

/** A class is the conjunction of its answers. */
const classAnswers: readonly { name: string; answers: readonly [question: string, answer: string][] }[] = [
  {
    name: "round",
    answers: [
      ["smooth-or-featured", "smooth"],
      ["how-rounded", "completely"],
    ],
  },
  {
    name: "spiral",
    answers: [
      ["smooth-or-featured", "featured-or-disk"],
      ["has-spiral-arms", "yes"],
    ],
  },
  { name: "edge-on", answers: [["disk-edge-on", "yes"]] },
];

const fractionColumn = (question: string, answer: string, debiased: readonly string[]) =>
  debiased.includes(question)
    ? voteColumns.debiased(question, answer)
    : voteColumns.fraction(question, answer);

/** The columns that `evaluationSubset` reads. */
export function evaluationColumns({ debiased }: { debiased: readonly string[] }): string[] {
  const asked = classAnswers.flatMap((c) => c.answers);
  return [
    voteColumns.fraction("merging", "merger"),
    ...asked.flatMap(([q, a]) => [fractionColumn(q, a, debiased), voteColumns.total(q)]),
  ];
}

/**
 * The easily classified galaxies of paper 5.1: round ellipticals (smooth > 0.8 and completely round > 0.8), spirals
 * (featured > 0.8 and spiral arms > 0.8) and edge-on discs (edge-on > 0.8), each with at least five votes for the
 * question considered and a merger fraction below 0.2. A galaxy that meets two sets of cuts takes the first class of
 * that order. Missing votes (NaN) meet no cut. Fails with the list of columns the table misses.
 */
export function evaluationSubset(votes: VoteTable, options: EvaluationCuts = {}): EvaluationSubset {
  const { cut, minVotes, maxMerger, debiased } = { ...evaluationCuts, ...options };
  votes.require(evaluationColumns({ debiased }));
  const merger = votes.column(voteColumns.fraction("merging", "merger"));
  const classes = classAnswers.map((c) =>
    c.answers.map(([q, a]) => ({
      fraction: votes.column(fractionColumn(q, a, debiased)),
      total: votes.column(voteColumns.total(q)),
    })),
  );
  const indices: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < votes.length; i++) {
    if (!(merger[i] < maxMerger)) continue;
    const label = classes.findIndex((answers) =>
      answers.every(({ fraction, total }) => fraction[i] > cut && total[i] >= minVotes),
    );
    if (label < 0) continue;
    indices.push(i);
    labels.push(label);
  }
  return {
    indices: Uint32Array.from(indices),
    labels: Uint8Array.from(labels),
    classes: classAnswers.map((c) => c.name),
  };
}

/** Paper 7: the votes for "merger" plus those for "both", as a fraction of all for the merging question; NaN without votes. */
export function mergerProbability(votes: VoteTable): Float64Array {
  const [merger, both] = ["merger", "both"].map((a) => voteColumns.fraction("merging", a));
  votes.require([merger, both]);
  const b = votes.column(both);
  return votes.column(merger).map((m, i) => m + b[i]);
}

/**
 * Paper 7: the score an oracle gives, round(5 x probability), 0 to 5; NaN without votes. Halves go to the even
 * neighbour, as in Python, which the paper's code is written in.
 */
export function mergerScore(votes: VoteTable): Float64Array {
  return mergerProbability(votes).map((p) => {
    const score = mergerDefaults.highestScore * p;
    return score % 1 === 0.5 ? 2 * Math.round(score / 2) : Math.round(score);
  });
}

/** Paper 7: 1 for a true merger, probability above 0.4 (Darg et al. 2010) with at least ten votes; else 0. */
export function trueMergers(
  votes: VoteTable,
  { cut = mergerDefaults.cut, minVotes = mergerDefaults.minVotes } = {},
): Uint8Array {
  const total = voteColumns.total("merging");
  votes.require([total]);
  const n = votes.column(total);
  const p = mergerProbability(votes);
  return Uint8Array.from(p, (value, i) => Number(value > cut && n[i] >= minVotes));
}
