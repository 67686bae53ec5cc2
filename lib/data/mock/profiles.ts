/**
 * Surface-brightness profiles as functions of position. Each takes sky offsets in arcsec and returns brightness
 * in the canvas's unit; `turned` gives them a position angle and an axis ratio.
 */
export type LightProfile = (dx: number, dy: number) => number;

/**
 * Sersic (1963): I(r) = I_e exp(-b_n ((r/R_e)^(1/n) - 1)), I_e the brightness at the half-light radius R_e, with
 * b_n from the expansion of Ciotti & Bertin (1999). Tabulated against sqrt(r), linear between entries: relative
 * error below 1e-3 outside the softening length. Truncated at `reach`, where it is brought to zero without a step.
 */
export function sersic(brightness: number, radius: number, n: number, softening: number, reach: number) {
  const b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n * n);
  const at = (r: number) =>
    brightness * Math.exp(-b * ((Math.sqrt(r * r + softening * softening) / radius) ** (1 / n) - 1));
  const entries = 400;
  const step = Math.sqrt(reach) / entries;
  const table = new Float64Array(entries + 2);
  for (let k = 0; k < entries; k++) table[k] = at((k * step) ** 2) - at(reach);
  return (r: number): number => {
    const u = Math.sqrt(r) / step;
    const k = u | 0;
    return k >= entries ? 0 : table[k] + (u - k) * (table[k + 1] - table[k]);
  };
}

/** A round profile seen with `axisRatio` along position angle `angle` (radians, from the x axis). */
export function turned(radial: (r: number) => number, axisRatio: number, angle: number): LightProfile {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  return (dx, dy) => {
    const along = c * dx + s * dy;
    const across = (c * dy - s * dx) / axisRatio;
    return radial(Math.sqrt(along * along + across * across)); // Math.hypot costs ten times as much
  };
}

/** A round Gaussian of the given peak and sigma: knots, and the beads that tails are strung from. */
export function gaussian(peak: number, sigma: number): LightProfile {
  const f = -0.5 / (sigma * sigma);
  return (dx, dy) => peak * Math.exp(f * (dx * dx + dy * dy));
}
