import type { Random } from "../../random.js";
import { starColour } from "./colours.js";
import { paintDiscGalaxy } from "./disc-galaxy.js";
import type { Colour, FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { gaussian, sersic, turned } from "./profiles.js";

/**
 * Two interacting galaxies. Nuclei `separation` radii apart along the position angle; from each a tidal tail swings
 * away from the partner, between them a bridge; shells are sharp-edged arcs around the larger one; a common
 * envelope grows as they close in. Tails and bridge are strings of Gaussian beads that widen and fade outwards.
 */
export function paintMerger(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const angle = (g.positionAngle * Math.PI) / 180;
  const apart = g.separation * g.radius;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  // The larger is what the survey centred on, unless they are so close that it took the pair for one.
  const centred = g.separation < 0.8 ? 0.5 : 0;
  const first: [number, number] = [-centred * apart * c, -centred * apart * s];
  const second: [number, number] = [(1 - centred) * apart * c, (1 - centred) * apart * s];
  const sense = random.uniform() < 0.5 ? 1 : -1;
  const blue = starColour("young", g.redness);
  const disc = starColour("disc", g.redness);

  paintMember(canvas, { ...g, knots: Math.round(g.knots * 0.6) }, random, first, 1, 1);
  const size = Math.max(0.35, Math.sqrt(g.massRatio));
  const tilted = {
    ...g,
    positionAngle: g.positionAngle + random.uniform(40, 140),
    inclination: random.uniform(20, 70),
  };
  paintMember(canvas, { ...tilted, knots: Math.round(g.knots * 0.4) }, random, second, size, 1.05);

  const closeness = Math.exp(-0.5 * g.separation ** 2);
  const envelope = sersic(
    0.45 * g.brightness * (0.3 + closeness),
    1.7 * g.radius,
    1.4,
    canvas.pixel,
    6 * g.radius,
  );
  const middle = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2];
  canvas.paint(
    middle[0],
    middle[1],
    6 * g.radius,
    disc,
    turned(envelope, random.uniform(0.55, 0.85), angle + random.normal(0, 0.5)),
  );

  if (g.tails > 0.02) {
    const level = 1.05 * g.tails * g.brightness;
    const length = (1.9 + 2.2 * g.tails) * g.radius;
    paintTail(
      canvas,
      first,
      angle + Math.PI + sense * 0.5,
      sense,
      length,
      level,
      0.2 * g.radius,
      blue,
      random,
    );
    if (g.massRatio > 0.25)
      paintTail(
        canvas,
        second,
        angle + sense * 0.5,
        sense,
        length * size,
        level * size,
        0.2 * g.radius * size,
        blue,
        random,
      );
    paintBridge(canvas, first, second, 0.5 * level, 0.17 * g.radius, disc, random);
  }
  if (g.shells > 0.02) paintShells(canvas, g, first, angle, random);
}

function paintMember(
  canvas: FluxCanvas,
  g: Galaxy,
  random: Random,
  at: [number, number],
  size: number,
  light: number,
): void {
  if (g.armStrength < 0.05) {
    const radius = g.radius * size;
    const body = sersic(g.brightness * light, radius, g.sersic, 0.5 * canvas.pixel, 12 * radius);
    const profile = turned(body, g.axisRatio, (g.positionAngle * Math.PI) / 180);
    canvas.paint(at[0], at[1], 12 * radius, starColour("old", g.redness), profile);
    return;
  }
  // Interaction stirs the arms and feeds the nuclei.
  const stirred = {
    ...g,
    armIrregularity: Math.min(1, g.armIrregularity + 0.4),
    bulgeFraction: Math.max(0.12, g.bulgeFraction),
  };
  paintDiscGalaxy(canvas, stirred, random, at[0], at[1], 0.85 * size, light);
}

/** A curved string of beads starting at `from` in `direction`, turning by about a right angle over its length. */
function paintTail(
  canvas: FluxCanvas,
  from: [number, number],
  direction: number,
  sense: number,
  length: number,
  level: number,
  width: number,
  colour: Colour,
  random: Random,
): void {
  const beads = 26;
  const turn = sense * random.uniform(1, 2.1);
  const clump = random.uniform(0.45, 0.95);
  let [x, y] = from;
  const step = length / beads;
  const skip = beads * 0.22;
  for (let k = 0; k < beads; k++) {
    const t = k / beads;
    const heading = direction + turn * t;
    x += step * Math.cos(heading);
    y += step * Math.sin(heading);
    if (k < skip) continue;
    const sigma = width * (0.65 + 0.8 * t);
    // A bead overlaps its neighbours: the sum along the string must come out at `level`.
    const overlap = step / (sigma * 2.5);
    const knot = 1 + 0.9 * Math.exp(-(((t - clump) / 0.06) ** 2));
    const fade = (1 - t) ** 0.7 * (0.85 + 0.3 * random.uniform());
    canvas.paint(x, y, 3.2 * sigma, colour, gaussian(level * overlap * knot * fade, sigma));
  }
}

function paintBridge(
  canvas: FluxCanvas,
  from: [number, number],
  to: [number, number],
  level: number,
  width: number,
  colour: Colour,
  random: Random,
): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const apart = Math.sqrt(dx * dx + dy * dy);
  if (apart < 2 * width) return;
  const beads = 14;
  const bow = random.normal(0, 0.12);
  const overlap = apart / beads / (width * 2.5);
  for (let k = 1; k < beads; k++) {
    const t = k / beads;
    const lift = bow * Math.sin(Math.PI * t);
    canvas.paint(
      from[0] + t * dx - lift * dy,
      from[1] + t * dy + lift * dx,
      3.2 * width,
      colour,
      gaussian(level * overlap, width),
    );
  }
}

/** Shells: interleaved on both sides, brightest at a sharp outer edge, fading inwards, spanning a wedge. */
function paintShells(
  canvas: FluxCanvas,
  g: Galaxy,
  at: [number, number],
  angle: number,
  random: Random,
): void {
  const count = 2 + random.integer(3);
  for (let k = 0; k < count; k++) {
    const edge = g.radius * (1.5 + 0.6 * k + random.uniform(0, 0.3));
    const axis = angle + (k % 2 ? Math.PI : 0) + random.normal(0, 0.15);
    const wedge = random.uniform(0.55, 1);
    const level = 0.55 * g.shells * g.brightness * 0.8 ** k;
    canvas.paint(at[0], at[1], 1.2 * edge, starColour("disc", g.redness + 0.3), (dx, dy) => {
      const r = Math.sqrt(dx * dx + dy * dy);
      const away = Math.cos(Math.atan2(dy, dx) - axis);
      const sector = Math.exp((away - 1) / (0.5 * wedge * wedge));
      const inside = (edge - r) / edge;
      return inside < -0.1
        ? 0
        : (level * sector * Math.exp(-Math.max(0, inside) / 0.12)) / (1 + Math.exp(-inside / 0.012));
    });
  }
}
