import type { Catalogue } from "../tables/catalogue.js";

const odd = "t06_odd_a14_yes_weighted_fraction";
const ring = "t08_odd_feature_a19_ring_weighted_fraction";
const attributes = ["Inner_Ring", "Outer_Ring", "Pseudo_Ring"];

/**
 * How surely each galaxy has a ring, 0 to 1, where a release says so: in Galaxy Zoo 2 the share of all volunteers who
 * saw something odd (t06) and called it a ring (t08, asked of those alone); in EFIGI the strongest of the three ring
 * attributes, which experts gave in quarters. NaN where a galaxy has neither; null where no galaxy has.
 */
export function ringShare(catalogue: Catalogue | null): Float64Array | null {
  if (!catalogue) return null;
  const rings = attributes.filter((name) => catalogue.has(name)).map((name) => catalogue.column(name));
  const asked = catalogue.has(odd) && catalogue.has(ring);
  if (!asked && !rings.length) return null;
  const [odds, called] = asked ? [catalogue.column(odd), catalogue.column(ring)] : [null, null];
  return Float64Array.from({ length: catalogue.length }, (_, i) => {
    const voted = odds && called ? odds[i] * called[i] : Number.NaN;
    if (Number.isFinite(voted)) return voted;
    const given = rings.map((column) => column[i]).filter(Number.isFinite);
    return given.length ? Math.max(...given) : Number.NaN;
  });
}
