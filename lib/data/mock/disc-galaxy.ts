import type { Random } from "../../random.js";
import { dustExtinction, starColour } from "./colours.js";
import type { Colour, FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { gaussian, sersic, turned } from "./profiles.js";

const radians = Math.PI / 180;

/**
 * A disc with bulge, bar, logarithmic arms and knots, at (x, y) arcsec.
 *
 * The disc is exponential in its own plane, foreshortened by cos(inclination). Arms follow
 * theta = ln(r / r0) / tan(pitch): brightness is multiplied by a crest exp(kappa (cos(m (theta - theta_arm)) - 1)),
 * starting outside bulge or bar and fading at the disc's edge; irregularity bends the crest by low harmonics of
 * (theta, ln r). Dust absorbs along the arms' inner edges, knots sit on the crests.
 */
export function paintDiscGalaxy(
  canvas: FluxCanvas,
  g: Galaxy,
  random: Random,
  x = 0,
  y = 0,
  scale = 1,
  light = 1,
): void {
  const radius = g.radius * scale;
  const brightness = g.brightness * light;
  const angle = g.positionAngle * radians;
  // Discs are thick by an eighth of their size: they never thin out to a line.
  const q = Math.sqrt(Math.cos(g.inclination * radians) ** 2 * (1 - 0.016) + 0.016);
  const soft = 0.5 * canvas.pixel;
  const discRadius = radius * (1 + 0.35 * g.bulgeFraction);
  const discReach = 4.6 * discRadius;
  const disc = sersic(brightness * (1 - 0.7 * g.bulgeFraction), discRadius, 1, soft, discReach);
  // Seen through more of itself an inclined disc is brighter; half of that is lost to its dust.
  const pathLength = q ** -0.4;

  const barLength = g.bar > 0.05 ? (0.45 + 0.3 * g.bar) * radius : 0;
  const armStart = Math.max(0.35 * radius, barLength);
  const handed = random.uniform() < 0.5 ? 1 : -1;
  const phase = random.uniform(0, 2 * Math.PI);
  const bend = crestBending(random, g.armIrregularity);
  const winding = 1 / Math.tan(g.armPitch * radians);
  const m = g.armCount;
  const sharpness = 1.7 + 0.9 * m;
  /** Cosine of the arm phase at a place of the disc's plane, 1 on a crest. */
  const armPhase = (r: number, theta: number, lag = 0) => {
    const u = Math.log(Math.max(r, soft) / armStart);
    return Math.cos(m * (handed * (theta - phase) - u * winding) + bend(u, theta) - lag);
  };
  const armRange = (r: number) =>
    1 /
    (1 + Math.exp(-(r - 0.85 * armStart) / (0.1 * radius))) /
    (1 + Math.exp((r - 2.3 * radius) / (0.28 * radius)));

  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const inPlane = (dx: number, dy: number): [number, number] => [
    cos * dx + sin * dy,
    (cos * dy - sin * dx) / q,
  ];

  const smooth = 1 - 0.55 * g.armStrength;
  canvas.paint(x, y, discReach, starColour("disc", g.redness), (dx, dy) => {
    const [px, py] = inPlane(dx, dy);
    return pathLength * smooth * disc(Math.sqrt(px * px + py * py));
  });
  if (g.armStrength > 0.02)
    canvas.paint(x, y, 3.4 * radius, starColour("young", g.redness), (dx, dy) => {
      const [px, py] = inPlane(dx, dy);
      const r = Math.sqrt(px * px + py * py);
      if (r > 3.4 * radius || r < 0.5 * armStart) return 0;
      const crest = Math.exp(sharpness * (armPhase(r, Math.atan2(py, px)) - 1));
      return pathLength * 2.3 * g.armStrength * armRange(r) * crest * disc(r);
    });
  if (g.knots > 0) paintKnots(canvas, g, random, { x, y, radius, q, angle, armStart, armPhase, disc });
  if (g.dust * g.armStrength > 0.05)
    canvas.absorb(x, y, 2.4 * radius, dustExtinction, (dx, dy) => {
      const [px, py] = inPlane(dx, dy);
      const r = Math.sqrt(px * px + py * py);
      if (r > 2.4 * radius || r < 0.3 * armStart) return 0;
      const lane = Math.exp(2.5 * sharpness * (armPhase(r, Math.atan2(py, px), -0.9) - 1));
      return 0.7 * g.dust * g.armStrength * armRange(r) * lane;
    });

  if (g.bar > 0.05) {
    const barAngle = phase; // arms leave from the ends of the bar
    const [c, s] = [Math.cos(barAngle), Math.sin(barAngle)];
    canvas.paint(x, y, 2 * barLength, starColour("old", g.redness), (dx, dy) => {
      const [px, py] = inPlane(dx, dy);
      const a = (c * px + s * py) / barLength;
      const b = (c * py - s * px) / (0.3 * barLength);
      return 2.6 * g.bar * brightness * Math.exp(-1.4 * (a * a * a * a + b * b) ** 0.8);
    });
  }
  if (g.bulgeFraction > 0.005) {
    const bulgeRadius = radius * (0.1 + 0.42 * g.bulgeFraction);
    const bulge = sersic(
      brightness * 3.2 * g.bulgeFraction ** 0.4,
      bulgeRadius,
      g.sersic,
      soft,
      8 * bulgeRadius,
    );
    const roundness = 1 - 0.35 * Math.sin(g.inclination * radians) ** 2;
    canvas.paint(x, y, 8 * bulgeRadius, starColour("old", g.redness), turned(bulge, roundness, angle));
  }
}

/** Slow wanderings of the arms: a few harmonics of (ln r, theta), up to about a radian. */
function crestBending(random: Random, irregularity: number): (u: number, theta: number) => number {
  const waves = Array.from({ length: 3 }, (_, k) => ({
    amplitude: (irregularity * random.normal(0, 1.1)) / (1 + 0.5 * k),
    along: random.normal(0, 2.2),
    around: k,
    offset: random.uniform(0, 2 * Math.PI),
  }));
  if (irregularity === 0) return () => 0;
  return (u, theta) => {
    let v = 0;
    for (const w of waves) v += w.amplitude * Math.sin(w.along * u + w.around * theta + w.offset);
    return v;
  };
}

interface KnotPlace {
  x: number;
  y: number;
  radius: number;
  q: number;
  angle: number;
  armStart: number;
  armPhase: (r: number, theta: number) => number;
  disc: (r: number) => number;
}

/** Star-forming regions: blue, a few tenths of the radius across at most, on the crests where there are arms. */
function paintKnots(canvas: FluxCanvas, g: Galaxy, random: Random, at: KnotPlace): void {
  const [c, s] = [Math.cos(at.angle), Math.sin(at.angle)];
  const colour: Colour = [0.75, 0.95, 1.3];
  for (let k = 0; k < g.knots; k++) {
    let r = 0;
    let theta = 0;
    for (let attempt = 0; attempt < 12; attempt++) {
      r = at.radius * (0.4 + 1.5 * random.uniform() ** 0.8);
      theta = random.uniform(0, 2 * Math.PI);
      if (g.armStrength < 0.1 || at.armPhase(r, theta) > 0.75) break;
    }
    const size = at.radius * random.uniform(0.02, 0.055);
    const peak = at.disc(r) * random.uniform(0.4, 2.2);
    const px = r * Math.cos(theta);
    const py = r * Math.sin(theta) * at.q;
    const sigma = Math.hypot(size, 0.5 * canvas.pixel);
    canvas.paint(
      at.x + c * px - s * py,
      at.y + s * px + c * py,
      3.5 * sigma,
      colour,
      gaussian(peak * (size / sigma) ** 2, sigma),
    );
  }
}
