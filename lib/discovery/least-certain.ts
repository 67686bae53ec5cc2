import { checkMatrix, type Matrix } from "../matrix.js";

/** An object that two clusters share: `cluster` holds it, `other` is the next probable, `lead` the difference. */
export interface SharedMember {
  row: number;
  cluster: number;
  other: number;
  lead: number;
}

/**
 * The objects at the borders of a clustering: those with the smallest lead of the most probable cluster over the second,
 * smallest first, of equals the lower row; at most `each` of a cluster, so that one wide border does not fill the list.
 * `probabilities` [n, K] as `predictProba` gives it. Those held for sure (lead of 1 to 1e-9) are not at a border.
 */
export function leastCertain(probabilities: Matrix, { count = 16, each = 2 } = {}): SharedMember[] {
  checkMatrix(probabilities, "leastCertain: probabilities");
  const { data, shape } = probabilities;
  const [n, K] = shape;
  if (K < 2) return [];
  const shared = Array.from({ length: n }, (_, row): SharedMember => {
    const of = data.subarray(row * K, (row + 1) * K);
    let [cluster, other] = of[1] > of[0] ? [1, 0] : [0, 1];
    for (let k = 2; k < K; k++)
      if (of[k] > of[cluster]) [cluster, other] = [k, cluster];
      else if (of[k] > of[other]) other = k;
    return { row, cluster, other, lead: of[cluster] - of[other] };
  });
  const taken = new Map<number, number>();
  return shared
    .filter(({ lead }) => lead < 1 - 1e-9)
    .sort((a, b) => a.lead - b.lead || a.row - b.row)
    .filter(({ cluster }) => {
      const already = taken.get(cluster) ?? 0;
      taken.set(cluster, already + 1);
      return already < each;
    })
    .slice(0, count);
}
