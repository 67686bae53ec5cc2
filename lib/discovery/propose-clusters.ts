import type { ClusterReport, ClusterSummary } from "./cluster-report.js";
import type { VotedKind } from "./voted-kinds.js";

/** The kinds that Fig. 4 shows. */
const shown: readonly VotedKind[] = ["elliptical", "spiral", "edge-on"];

/** A cluster is of one kind when at least so many of its galaxies are: three in five. */
const leastPurity = 0.6;

/**
 * A proposal for Figs. 4-6: clusters of artefacts; of the others, `clear` ones and `mixed` ones. With votes, clear
 * are the purest of each kind (elliptical, spiral, edge-on), then a second of a kind where it is pure, and mixed are the
 * least pure; a cluster with too few votes is neither. Without votes, clear are those whose members belong to them most
 * surely, mixed those where the mixture is least sure: that says nothing of morphology. A person looks and decides.
 */
export function proposeClusters(report: ClusterReport, most = 5) {
  const sound = report.clusters.filter((c) => c.artefact === null);
  const byVotes = sound.some((c) => c.purity);
  const others = byVotes ? sound.filter((c) => c.purity) : sound;
  const rank = (c: ClusterSummary) => (byVotes ? c.purity!.share : (c.certainty ?? 0));
  const sorted = [...others].sort((a, b) => rank(b) - rank(a) || b.size - a.size);
  const number = (c: ClusterSummary) => c.cluster;
  const artefacts = report.artefacts.slice(0, most);
  if (!byVotes) {
    const clear = sorted.slice(0, Math.min(most, Math.ceil(sorted.length / 2)));
    const mixed = sorted.slice(clear.length).slice(1 - most);
    return { clear: clear.map(number), mixed: mixed.map(number), artefacts, byVotes };
  }
  const pure = sorted.filter((c) => shown.includes(c.purity!.kind) && rank(c) >= leastPurity);
  const best = shown.flatMap((kind) => pure.find((c) => c.purity!.kind === kind) ?? []);
  const second = shown.flatMap((kind) => pure.filter((c) => c.purity!.kind === kind)[1] ?? []);
  const more = second.sort((a, b) => rank(b) - rank(a)).slice(0, most - best.length);
  const clear = [...best, ...more].sort((a, b) => rank(b) - rank(a));
  const mixed = sorted.filter((c) => !clear.includes(c)).slice(1 - most);
  return { clear: clear.map(number), mixed: mixed.map(number), artefacts, byVotes };
}
