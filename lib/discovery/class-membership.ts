/** Where the objects of one class went. */
export interface ClassMembership {
  name: string;
  /** Objects of the class. */
  n: number;
  /** Clusters by their share of the class, largest first. */
  clusters: { cluster: number; count: number; share: number }[];
}

/**
 * Section 6.3: for every class the clusters its objects were assigned to, largest share first. `classes` sets their
 * order and names those that may be absent; without it they are all that occur, sorted.
 */
export function classMembership(
  labels: readonly (string | null)[],
  clusters: ArrayLike<number>,
  classes: readonly string[] = [...new Set(labels.filter((l): l is string => l !== null))].sort(),
): ClassMembership[] {
  if (labels.length !== clusters.length)
    throw new Error(`classMembership: ${labels.length} labels but ${clusters.length} cluster numbers.`);
  return classes.map((name) => {
    const counts = new Map<number, number>();
    let n = 0;
    labels.forEach((label, i) => {
      if (label !== name) return;
      n++;
      counts.set(clusters[i], (counts.get(clusters[i]) ?? 0) + 1);
    });
    const list = [...counts].map(([cluster, count]) => ({ cluster, count, share: count / n }));
    return { name, n, clusters: list.sort((a, b) => b.count - a.count || a.cluster - b.cluster) };
  });
}

/** The evaluation subset's classes laid out over all `n` objects, null for those outside it. */
export function evaluationClasses(
  subset: { indices: ArrayLike<number>; labels: readonly string[] },
  n: number,
): (string | null)[] {
  const list = new Array<string | null>(n).fill(null);
  for (let i = 0; i < subset.indices.length; i++) list[subset.indices[i]] = subset.labels[i];
  return list;
}
