import type { VoteLift } from "./vote-answers.js";
import { leastVoted } from "./voted-kinds.js";

/**
 * A row of Table 2 as a first draft, in the paper's words, from mean vote fractions and their lift over the whole
 * sample. An answer counts once five members were asked; `members` is how many there are. Meant to be corrected by
 * whoever looks at the exemplars.
 */
export function describeCluster(
  lifts: readonly VoteLift[],
  artefact: string | null,
  members: number,
): string {
  if (artefact) return "Artefacts";
  const of = (question: string, answer: string) => {
    const l = lifts.find((v) => v.question === question && v.answer === answer);
    return l && l.n >= 5 ? l : { mean: 0, lift: 0, n: 0 };
  };
  const smooth = of("smooth-or-featured", "smooth");
  const featured = of("smooth-or-featured", "featured-or-disk");
  if (!lifts.some((l) => l.question === "smooth-or-featured"))
    return lifts.length ? "No votes on whether it is smooth" : "No votes";
  if (Math.max(smooth.n, featured.n) < leastVoted(members)) return "Too few votes to tell";
  const spiral = of("has-spiral-arms", "yes");
  const edge = of("disk-edge-on", "yes");
  const cigar = of("how-rounded", "cigar-shaped");
  const bulge = of("bulge-size", "dominant");
  const merging = Math.max(of("merging", "merger").lift, of("merging", "both").lift);
  const junk = of("smooth-or-featured", "artifact");
  const extras = [
    ...(merging > 1.5 ? ["some apparent mergers"] : []),
    ...(junk.lift > 2 && junk.mean > 0.1 ? ["some artefacts"] : []),
  ];
  const withExtras = (text: string) => (extras.length ? `${text}, including ${extras.join(" and ")}` : text);
  const flat = featured.mean * edge.mean + smooth.mean * cigar.mean;
  if (flat > 0.45)
    return withExtras(
      cigar.n && smooth.mean * cigar.mean > featured.mean * edge.mean
        ? "Cigar-shaped ellipticals and some edge-on disks"
        : "Edge-on disks and some cigar-shaped ellipticals",
    );
  if (featured.mean > 0.75 && spiral.mean > 0.75) return withExtras("Almost entirely spiral galaxies");
  if (featured.mean > 0.5 && spiral.mean > 0.5) return withExtras("Predominantly spiral galaxies");
  if (smooth.mean > 0.7) return withExtras("Predominantly ellipticals");
  if (smooth.mean > 0.5)
    return withExtras(
      bulge.lift > 1.3
        ? "Mostly ellipticals and some spirals with prominent bulges"
        : "Mostly ellipticals, with some disks",
    );
  return withExtras("A mix of morphologies");
}
