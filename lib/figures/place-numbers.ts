import type { Matrix } from "../matrix.js";
import { median } from "../median.js";
import type { PlaneUnits } from "./plane-units.js";

/** Where a group's number stands; `leader` is the member that a line leads to, null where it stands upon its group. */
export interface PlacedNumber {
  x: number;
  y: number;
  leader: readonly [number, number] | null;
}

/** A number's ground may hide so much of any group, its own and others: a tenth. */
export const mostHidden = 0.1;

/** How far out a place is looked for, in sizes of a number, and in how many directions. */
const rings = Array.from({ length: 30 }, (_, k) => 0.75 + 0.25 * k);
const directions = 16;

/**
 * Places the numbers of groups of points on a plane so that small groups stay visible. A number stands at its group's
 * median where it hides at most `mostHidden` of each group there; else beside it, at the nearest place that leaves
 * every group its points and lies on no other number. Small groups choose first: they have least to lose. `width` and
 * `height` are a number's, in the units of the plane; `groups` are rows of the n x 2 embedding, none empty. None stands
 * beyond the plot, whose `ranges` are those of x and y.
 */
export function placeNumbers(
  embedding: Matrix,
  groups: readonly ArrayLike<number>[],
  width: number,
  height: number,
  ranges: PlaneUnits["ranges"] | null = null,
): PlacedNumber[] {
  const xs = groups.map((members) => Float64Array.from(members, (i) => embedding.data[2 * i]));
  const ys = groups.map((members) => Float64Array.from(members, (i) => embedding.data[2 * i + 1]));
  const inside = (g: number, x: number, y: number) => {
    let count = 0;
    for (let i = 0; i < xs[g].length; i++)
      if (Math.abs(xs[g][i] - x) <= width / 2 && Math.abs(ys[g][i] - y) <= height / 2) count++;
    return count;
  };
  const hidden = groups.map(() => 0);
  const placed: PlacedNumber[] = [];
  /** The largest share of a group that would be hidden, and how many points the place itself hides. */
  const costOf = ([x, y]: readonly [number, number]) => {
    const counts = groups.map((_, g) => inside(g, x, y));
    const worst = Math.max(...counts.map((count, g) => (count ? (hidden[g] + count) / xs[g].length : 0)));
    const taken = placed.some((p) => Math.abs(p.x - x) < width && Math.abs(p.y - y) < height);
    const beyond = ranges?.some(([low, high], j) => {
      const [at, half] = j ? [y, height / 2] : [x, width / 2];
      return at - half < low || at + half > high;
    });
    return { worst: taken || beyond ? 2 : worst, points: counts.reduce((a, b) => a + b, 0) };
  };
  const order = [...groups.keys()].sort((a, b) => groups[a].length - groups[b].length || a - b);
  for (const g of order) {
    const middle = [median(xs[g]), median(ys[g])] as const;
    const far = (i: number) => Math.hypot((xs[g][i] - middle[0]) / width, (ys[g][i] - middle[1]) / height);
    const nearest = [...xs[g].keys()].reduce((a, b) => (far(b) < far(a) ? b : a));
    const leader = [xs[g][nearest], ys[g][nearest]] as const;
    let best = { place: middle, ...costOf(middle) };
    for (let k = 0; k < rings.length && best.worst > mostHidden; k++)
      for (let d = 0; d < directions; d++) {
        const angle = (2 * Math.PI * d) / directions;
        const x = leader[0] + rings[k] * width * Math.cos(angle);
        const y = leader[1] + rings[k] * height * Math.sin(angle);
        const cost = costOf([x, y]);
        // Within what is allowed, fewer points; beyond it, the smaller share of the group that loses most.
        const allowed = Math.max(cost.worst, mostHidden) - Math.max(best.worst, mostHidden);
        if (allowed < 0 || (allowed === 0 && cost.points < best.points)) best = { place: [x, y], ...cost };
      }
    const [x, y] = best.place;
    for (const h of groups.keys()) hidden[h] += inside(h, x, y);
    placed[g] = { x, y, leader: best.place === middle ? null : leader };
  }
  return placed;
}
