import type { ClassMembership } from "./class-membership.js";

/** Clusters that were given the name of a class, and how many of the class they hold. */
export interface NamedClusters {
  name: string;
  /** Largest share of the class first. */
  clusters: number[];
  /** Of the class, found in them: the paper's "77.2% found in clusters 12, 14, 3 and 1"; null where it is absent. */
  share: number | null;
}

/** How many clusters the paper names after each class of its evaluation subset (section 6.3). */
export const namedClustersDefaults: Readonly<Record<string, number>> = { round: 4, spiral: 3, "edge-on": 3 };

/**
 * Section 6.3: the few best clusters of each class take its name, no cluster two names: where two classes want one,
 * it goes to the class that has more objects in it. Clusters that are `leftOut`, such as those of artefacts, take no
 * name: none of the paper's ten is among the eight that it excludes (section 6.2). `accuracy` is the share of all objects
 * with a class that lie in a cluster of their own name; whoever lies in a cluster without a name counts as wrong, as in
 * the paper. Null where no object has a class.
 */
export function nameClusters(
  membership: readonly ClassMembership[],
  howMany: Readonly<Record<string, number>> = namedClustersDefaults,
  leftOut: readonly number[] = [],
): { named: NamedClusters[]; accuracy: number | null } {
  const unknown = membership.find((m) => !(howMany[m.name] > 0));
  if (unknown)
    throw new Error(`nameClusters: how many clusters may be called "${unknown.name}" is not said.`);
  const wishes = membership
    .flatMap(({ name, clusters }) => clusters.map((c) => ({ name, ...c })))
    .sort((a, b) => b.count - a.count || a.cluster - b.cluster);
  const nameOf = new Map<number, string>();
  const left = new Map(membership.map((m) => [m.name, howMany[m.name]]));
  let right = 0;
  for (const { name, cluster, count } of wishes) {
    if (nameOf.has(cluster) || leftOut.includes(cluster) || !left.get(name)) continue;
    nameOf.set(cluster, name);
    left.set(name, left.get(name)! - 1);
    right += count;
  }
  const all = membership.reduce((sum, m) => sum + m.n, 0);
  const named = membership.map(({ name, n, clusters }): NamedClusters => {
    const mine = clusters.filter((c) => nameOf.get(c.cluster) === name);
    const share = n ? mine.reduce((sum, c) => sum + c.count, 0) / n : null;
    return { name, clusters: mine.map((c) => c.cluster), share };
  });
  return { named, accuracy: all ? right / all : null };
}
