import { voteColumns } from "../data/votes/decision-tree.js";
import type { VoteTable } from "../data/votes/vote-table.js";
import { violinDefaults } from "./vote-answers.js";

/** What most volunteers made of a galaxy, question by question; the kinds that section 6.1 names. */
export type VotedKind = "elliptical" | "spiral" | "edge-on" | "other disk" | "artefact" | "undecided";

/**
 * Follows the majority down the decision tree: smooth and cigar-shaped, or featured and edge-on, is "edge-on" (the two
 * cannot be told apart, section 6.2), other smooth galaxies are elliptical, other featured ones spiral where most saw
 * arms. Null where fewer than `minVotes` (ten) answered the first question, "undecided" where no answer to it has a
 * majority.
 */
export function votedKinds(votes: VoteTable, minVotes = violinDefaults.minVotes): (VotedKind | null)[] {
  const column = (name: string) => (votes.has(name) ? votes.column(name) : null);
  const most = (question: string, answer: string) => {
    const fraction = column(voteColumns.fraction(question, answer));
    return (i: number) => fraction !== null && fraction[i] > violinDefaults.condition;
  };
  const total = column(voteColumns.total("smooth-or-featured"));
  const [smooth, featured, artefact] = ["smooth", "featured-or-disk", "artifact"].map((answer) =>
    most("smooth-or-featured", answer),
  );
  const cigar = most("how-rounded", "cigar-shaped");
  const edge = most("disk-edge-on", "yes");
  const arms = most("has-spiral-arms", "yes");
  return Array.from({ length: votes.length }, (_, i) => {
    if (!total || !(total[i] >= minVotes)) return null;
    if (artefact(i)) return "artefact";
    if (smooth(i)) return cigar(i) ? "edge-on" : "elliptical";
    if (!featured(i)) return "undecided";
    if (edge(i)) return "edge-on";
    return arms(i) ? "spiral" : "other disk";
  });
}

/** How pure a cluster is: the kind most frequent among its members with votes, its share of them, and their number. */
export interface ClusterPurity {
  kind: VotedKind;
  share: number;
  voted: number;
}

/**
 * How many of a cluster's members must have votes before these speak for it: five, and one in ten. Where a set with
 * votes lies among others without, its few members in a cluster of the others say nothing of those.
 */
export const leastVoted = (members: number) => Math.max(5, members / 10);

/** The purity of one cluster's members; null where too few of them have votes (`leastVoted`). */
export function clusterPurity(
  kinds: readonly (VotedKind | null)[],
  members: readonly number[],
): ClusterPurity | null {
  const count = new Map<VotedKind, number>();
  for (const i of members) {
    const kind = kinds[i];
    if (kind) count.set(kind, (count.get(kind) ?? 0) + 1);
  }
  const voted = [...count.values()].reduce((a, b) => a + b, 0);
  if (voted < leastVoted(members.length)) return null;
  const [kind, n] = [...count].reduce((best, one) => (one[1] > best[1] ? one : best));
  return { kind, share: n / voted, voted };
}
