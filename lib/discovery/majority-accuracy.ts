/** What a cluster is called when it takes its majority's class, and how often that is right. */
export interface MajorityAccuracy {
  /** Objects with a class whose cluster's majority is that class, as a share. */
  accuracy: number;
  /** Objects with a class. */
  n: number;
  /** The majority's class of each cluster that holds any such object and is not left out. */
  labelOf: ReadonlyMap<number, string>;
  classes: string[];
  /** counts[t][p]: objects of class t in clusters called p; those in clusters left out are in none. */
  counts: number[][];
}

/**
 * Sections 6.3 and 8.3: each cluster is labelled by the class most frequent in it, and the labels are scored as a
 * classifier's. `labels` has a class or null per object. Even votes go to the class first in the alphabet. The
 * same labels name and judge the clusters, as in the paper, so clusters of few objects flatter. Clusters that are
 * `leftOut`, such as those of artefacts, take no name, and whoever lies in one counts as wrong.
 */
export function majorityAccuracy(
  labels: readonly (string | null)[],
  clusters: ArrayLike<number>,
  leftOut: readonly number[] = [],
): MajorityAccuracy {
  if (labels.length !== clusters.length)
    throw new Error(`majorityAccuracy: ${labels.length} labels but ${clusters.length} cluster numbers.`);
  const classes = [...new Set(labels.filter((l): l is string => l !== null))].sort();
  if (!classes.length) throw new Error("majorityAccuracy: no object has a class.");
  const inCluster = new Map<number, number[]>();
  labels.forEach((label, i) => {
    if (label === null || leftOut.includes(clusters[i])) return;
    const counts = inCluster.get(clusters[i]) ?? classes.map(() => 0);
    counts[classes.indexOf(label)]++;
    inCluster.set(clusters[i], counts);
  });
  const counts = classes.map(() => classes.map(() => 0));
  const labelOf = new Map<number, string>();
  for (const [cluster, members] of [...inCluster].sort((a, b) => a[0] - b[0])) {
    const winner = members.indexOf(Math.max(...members));
    labelOf.set(cluster, classes[winner]);
    members.forEach((m, t) => {
      counts[t][winner] += m;
    });
  }
  const n = labels.filter((label) => label !== null).length;
  const right = counts.reduce((s, row, t) => s + row[t], 0);
  return { accuracy: right / n, n, labelOf, classes, counts };
}
