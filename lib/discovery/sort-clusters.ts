import type { ClusterReport } from "./cluster-report.js";

/**
 * A proposal for Figs. 4-6: clusters of artefacts; of the others, those whose galaxies volunteers answer most
 * differently from the average (`clear`), and those where they do not (`mixed`). A person looks and decides.
 */
export function sortClusters(report: ClusterReport, most = 5) {
  const artefacts = report.artefacts;
  const decided = report.clusters
    .filter((c) => c.artefact === null)
    .map((c) => {
      const apart = c.lifts.filter((l) => l.n >= 5).map((l) => Math.abs(l.mean - l.all));
      return { cluster: c.cluster, contrast: apart.length ? Math.max(...apart) : 0, size: c.size };
    })
    .sort((a, b) => b.contrast - a.contrast || b.size - a.size)
    .map((c) => c.cluster);
  const clear = decided.slice(0, Math.min(most, Math.ceil(decided.length / 2)));
  const mixed = decided.slice(clear.length).slice(-most + 1);
  return { clear, mixed, artefacts: artefacts.slice(0, most) };
}
