import { voteColumns } from "../data/votes/decision-tree.js";
import type { VoteTable } from "../data/votes/vote-table.js";

/** A question's answer followed through the clusters, and who is asked. */
export interface VoteAnswer {
  question: string;
  answer: string;
  /** As a reader calls it. */
  label: string;
  /** The question is put only to galaxies of which more than half the volunteers said this first. */
  condition: "smooth" | "featured-or-disk" | null;
}

/** One answer's votes in a cluster against the whole sample. */
export interface VoteLift extends VoteAnswer {
  /** Objects of the cluster that count: enough votes, condition met. */
  n: number;
  /** Mean vote fraction in the cluster and in all. */
  mean: number;
  all: number;
  /** mean / all. */
  lift: number;
}

/** What section 6.2 chose: fewest votes for a question, and the fraction beyond which a later question counts. */
export const violinDefaults: Readonly<{ minVotes: number; condition: number }> = {
  minVotes: 10,
  condition: 0.5,
};

const answer = (
  question: string,
  name: string,
  label: string,
  condition: VoteAnswer["condition"] = null,
): VoteAnswer => ({ question, answer: name, label, condition });

/** The five panels of Fig. 7, from top to bottom. */
export const figure7Answers: readonly VoteAnswer[] = [
  answer("smooth-or-featured", "featured-or-disk", "Features or disk"),
  answer("how-rounded", "cigar-shaped", "Cigar shaped", "smooth"),
  answer("disk-edge-on", "yes", "Edge-on disk", "featured-or-disk"),
  answer("bulge-size", "dominant", "Dominant bulge", "featured-or-disk"),
  answer("merging", "neither", "Neither merger nor tidal debris", "featured-or-disk"),
];

/** What Table 2 is drafted from: Fig. 7's questions and the others section 6.2 looks at. */
export const reportAnswers: readonly VoteAnswer[] = [
  answer("smooth-or-featured", "smooth", "smooth"),
  answer("smooth-or-featured", "featured-or-disk", "features or disk"),
  answer("smooth-or-featured", "artifact", "artefact"),
  answer("how-rounded", "completely", "completely round", "smooth"),
  answer("how-rounded", "cigar-shaped", "cigar shaped", "smooth"),
  answer("disk-edge-on", "yes", "edge-on disk", "featured-or-disk"),
  answer("has-spiral-arms", "yes", "spiral arms", "featured-or-disk"),
  answer("bulge-size", "dominant", "dominant bulge", "featured-or-disk"),
  answer("merging", "merger", "merger", "featured-or-disk"),
  answer("merging", "both", "merger and debris", "featured-or-disk"),
];

/**
 * The vote fraction of one answer per object; NaN where fewer than `minVotes` (section 6.2: ten) answered the
 * question or the condition fails (section 6.2: more than half said smooth, or featured).
 */
export function answerFractions(
  votes: VoteTable,
  of: VoteAnswer,
  minVotes = violinDefaults.minVotes,
): Float64Array {
  const total = votes.column(voteColumns.total(of.question));
  const fraction = votes.column(voteColumns.fraction(of.question, of.answer));
  const gate = of.condition ? votes.column(voteColumns.fraction("smooth-or-featured", of.condition)) : null;
  return Float64Array.from(fraction, (f, i) =>
    total[i] >= minVotes && (!gate || gate[i] > violinDefaults.condition) ? f : Number.NaN,
  );
}

/** Whether the table asks this question and counts this answer. */
export function hasAnswer(votes: VoteTable, of: VoteAnswer): boolean {
  return votes.has(voteColumns.total(of.question)) && votes.has(voteColumns.fraction(of.question, of.answer));
}
