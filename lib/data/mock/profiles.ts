/**
 * Surface-brightness profiles as functions of position. Each takes sky offsets in arcsec and returns brightness
 * in the canvas's unit; `turned` gives them a position angle and an axis ratio.
 */
export type Profile = (dx: number, dy: number) => number;

/**
 * Sersic (1963): I(r) = I_e exp(-b_n ((r/R_e)^(1/n) - 1)), I_e the brightness at the half-light radius R_e, with
 * b_n from the expansion of Ciotti & Bertin (1999). Tabulated against sqrt(r), linear between entries: relative
 * error below 1e-3 outside the softening length.
 */
export function sersic(brightness: number, radius: number, n: number, softening: number, reach: number) {
  const b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n * n);
  const entries = 1024;
  const step = Math.sqrt(reach * 1.5) / entries;
  const table = new Float64Array(entries + 2);
  for (let k = 0; k < table.length; k++) {
    const r = Math.hypot((k * step) ** 2, softening);
    table[k] = brightness * Math.exp(-b * ((r / radius) ** (1 / n) - 1));
  }
  return (r: number): number => {
    const u = Math.sqrt(r) / step;
    const k = u | 0;
    return k > entries ? 0 : table[k] + (u - k) * (table[k + 1] - table[k]);
  };
}

/** A round profile seen with `axisRatio` along position angle `angle` (radians, from the x axis). */
export function turned(radial: (r: number) => number, axisRatio: number, angle: number): Profile {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return (dx, dy) => radial(Math.hypot(c * dx + s * dy, (c * dy - s * dx) / axisRatio));
}

/** A round Gaussian of the given peak and sigma: knots, and the beads that tails are strung from. */
export function gaussian(peak: number, sigma: number): Profile {
  const f = -0.5 / (sigma * sigma);
  return (dx, dy) => peak * Math.exp(f * (dx * dx + dy * dy));
}
