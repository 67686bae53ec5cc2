import { type SkyPosition, separation } from "./sky-position.js";

const rad = Math.PI / 180;

/**
 * Positions on the sky, found by place: sorted into zones of declination and, within a zone, by right ascension (Gray,
 * Nieto-Santisteban & Szalay 2006). A search looks at the few that lie in reach; building it sorts once, n log n.
 */
export class SkyIndex {
  /** Rows in the order of zone and right ascension. */
  private readonly order: Uint32Array;
  /** Right ascensions in that order, in [0, 360). */
  private readonly sorted: Float64Array;
  /** Where each zone begins in `order`. */
  private readonly starts: Uint32Array;
  private readonly zones: number;

  /** `ra` and `dec` in degrees, kept and not copied; `radius` in arcseconds is the reach that searches will have. */
  constructor(
    private readonly ra: ArrayLike<number>,
    private readonly dec: ArrayLike<number>,
    radius: number,
  ) {
    const n = ra.length;
    for (let i = 0; i < n; i++)
      if (!Number.isFinite(ra[i]) || !(Math.abs(dec[i]) <= 90))
        throw new Error(`Position ${i} is ra ${ra[i]}, dec ${dec[i]}: not a place on the sky in degrees.`);
    // As high as a search reaches, within what is worth a list of starts.
    this.zones = Math.max(1, Math.min(200_000, Math.floor(180 / Math.max(radius / 3600, 1e-9))));
    const counts = new Uint32Array(this.zones + 1);
    for (let i = 0; i < n; i++) counts[this.zoneOf(dec[i]) + 1]++;
    for (let z = 0; z < this.zones; z++) counts[z + 1] += counts[z];
    this.starts = counts.slice();
    this.order = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.order[counts[this.zoneOf(dec[i])]++] = i;
    for (let z = 0; z < this.zones; z++)
      this.order
        .subarray(this.starts[z], this.starts[z + 1])
        .sort((a, b) => turned(ra[a]) - turned(ra[b]) || a - b);
    this.sorted = Float64Array.from(this.order, (i) => turned(ra[i]));
  }

  get length(): number {
    return this.order.length;
  }

  /** Every row within `radius` arcseconds of `p`, in no particular order, with its separation in arcseconds. */
  *within(p: SkyPosition, radius: number): Generator<{ row: number; separation: number }> {
    // A hair more, so that rounding loses none at the rim.
    const reach = (radius / 3600) * (1 + 1e-9) + 1e-9;
    const last = this.zoneOf(Math.min(90, p.dec + reach));
    for (let z = this.zoneOf(Math.max(-90, p.dec - reach)); z <= last; z++)
      for (const [from, to] of this.spans(z, p, reach))
        for (let at = from; at < to; at++) {
          const row = this.order[at];
          const distance = separation(p, { ra: this.ra[row], dec: this.dec[row] });
          if (distance <= radius) yield { row, separation: distance };
        }
  }

  /** The nearest row within `radius` arcseconds of `p`, or null; of equals the lower row. */
  nearest(p: SkyPosition, radius: number): { row: number; separation: number } | null {
    let best: { row: number; separation: number } | null = null;
    for (const found of this.within(p, radius))
      if (
        !best ||
        found.separation < best.separation ||
        (found.separation === best.separation && found.row < best.row)
      )
        best = found;
    return best;
  }

  private zoneOf(dec: number): number {
    return Math.min(this.zones - 1, Math.max(0, Math.floor(((dec + 90) / 180) * this.zones)));
  }

  /** The parts of a zone whose right ascension can be in reach; two where the circle crosses 0 h. */
  private spans(zone: number, p: SkyPosition, reach: number): [number, number][] {
    const [from, to] = [this.starts[zone], this.starts[zone + 1]];
    if (from === to) return [];
    // Half the width in right ascension of a circle of this radius (Gorski's formula); everything near a pole.
    const wide = Math.abs(p.dec) + reach >= 90;
    const half = wide
      ? 180
      : Math.asin(Math.min(1, Math.sin(reach * rad) / Math.cos(p.dec * rad))) / rad + 1e-9;
    if (half >= 180) return [[from, to]];
    const ra = turned(p.ra);
    const cut = (value: number) => this.lowerBound(from, to, value);
    const [low, high] = [ra - half, ra + half];
    if (low < 0)
      return [
        [from, cut(high + 1e-12)],
        [cut(low + 360), to],
      ];
    if (high >= 360)
      return [
        [cut(low), to],
        [from, cut(high - 360 + 1e-12)],
      ];
    return [[cut(low), cut(high + 1e-12)]];
  }

  /** The first place in [from, to) whose right ascension is not below `value`. */
  private lowerBound(from: number, to: number, value: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const turned = (ra: number) => ((ra % 360) + 360) % 360;
