import { Random } from "../../random.js";
import { type ArtefactKind, completeGalaxy, type Galaxy, type GalaxyKind } from "./galaxy.js";

/** Share of each kind. Mergers are commoner than in the sky: about what volunteers of the release call one. */
const kindShares: readonly [GalaxyKind, number][] = [
  ["elliptical", 0.325],
  ["lenticular", 0.1],
  ["spiral", 0.33],
  ["edge-on", 0.12],
  ["merger", 0.11],
  ["ring", 0.015],
];
const artefactShare = 0.045;
const artefactShares: readonly [ArtefactKind, number][] = [
  ["trail", 0.2],
  ["saturated-star", 0.3],
  ["black-frame", 0.15],
  ["bad-crop", 0.15],
  ["missing-band", 0.2],
];

function choose<T>(random: Random, shares: readonly [T, number][]): T {
  let u = random.uniform() * shares.reduce((sum, [, share]) => sum + share, 0);
  for (const [value, share] of shares) if ((u -= share) < 0) return value;
  return shares[shares.length - 1][0];
}

const clamp = (v: number, low: number, high: number) => Math.min(high, Math.max(low, v));

/**
 * Galaxy `index` of the survey `seed`. Sizes are log-normal about 4.6 arcsec, as in the NASA-Sloan Atlas sample the
 * release was drawn from; discs are randomly oriented in space (cos i uniform), those beyond 80 degrees being the
 * "edge-on" kind. Seeing, depth, what is left of the sky, crowding and the catalogue's size vary from image to image, so
 * that a galaxy's crop says as much about the night as about the galaxy.
 */
export function drawGalaxy(seed: number, index: number): Galaxy {
  const random = new Random(seed).fork(`galaxy ${index}`);
  const kind = choose(random, kindShares);
  const artefact = random.uniform() < artefactShare ? choose(random, artefactShares) : null;
  const common: Partial<Galaxy> = {
    kind,
    artefact,
    seed: random.uint32(),
    radius: clamp(4.6 * Math.exp(random.normal(0, 0.42)), 1.6, 18),
    brightness: clamp(25 * Math.exp(random.normal(0, 0.42)), 6, 110),
    outskirts: random.uniform() < 0.6 ? random.uniform(0, 0.5) : 0,
    positionAngle: random.uniform(0, 360),
    companions: random.uniform() < 0.25 ? 1 + random.poisson(0.4) : 0,
    crowding: clamp(Math.exp(random.normal(0.3, 0.8)), 0.1, 8),
    psf: clamp(1.3 * Math.exp(random.normal(0, 0.24)), 0.75, 2.6),
    noise: clamp(1.25 * Math.exp(random.normal(0, 0.55)), 0.35, 4.5),
    sky: random.normal(0, 0.12),
    skyGradient: Math.abs(random.normal(0, 0.3)),
    catalogueSize: clamp(Math.exp(random.normal(0, 0.22)), 0.5, 2),
  };
  return completeGalaxy({ ...common, ...shapeOfKind(kind, random), redness: rednessOfKind(kind, random) });
}

/** Mean and scatter of `redness` on the red sequence, which is narrow, and in the blue cloud, which is not. */
const redSequence = [1.15, 0.14] as const;
const blueCloud = [0.65, 0.26] as const;

/**
 * Colour follows the kind only loosely: one spiral in five is red (Masters et al. 2010), one elliptical in ten blue
 * (Schawinski et al. 2009); discs seen edge-on are reddened by their own dust.
 */
function rednessOfKind(kind: GalaxyKind, random: Random): number {
  const redShare = {
    elliptical: 0.9,
    lenticular: 0.8,
    spiral: 0.2,
    "edge-on": 0.4,
    ring: 0.15,
    merger: 0.35,
  }[kind];
  const [mean, scatter] = random.uniform() < redShare ? redSequence : blueCloud;
  return clamp(random.normal(mean + (kind === "edge-on" ? 0.15 : 0), scatter), 0, 2);
}

function shapeOfKind(kind: GalaxyKind, random: Random): Partial<Galaxy> {
  const faceOn = (most: number) =>
    (Math.acos(random.uniform(Math.cos((most * Math.PI) / 180), 1)) * 180) / Math.PI;
  switch (kind) {
    case "elliptical":
      return {
        axisRatio: clamp(random.normal(0.83, 0.17), 0.32, 1),
        // Small ones are close to exponential, the giants beyond de Vaucouleurs.
        sersic: clamp(2.4 * Math.exp(random.normal(0, 0.5)), 0.8, 6.5),
      };
    case "lenticular":
      return {
        inclination: faceOn(78),
        bulgeFraction: random.uniform(0.1, 0.65),
        bar: random.uniform() < 0.25 ? random.uniform(0.3, 0.8) : 0,
        sersic: random.uniform(1.5, 3),
      };
    case "spiral":
      return {
        inclination: faceOn(78),
        bulgeFraction: clamp(0.18 * Math.exp(random.normal(0, 0.9)), 0.01, 0.65),
        sersic: random.uniform(1, 2.5),
        armCount: choose<number>(random, [
          [1, 0.06],
          [2, 0.56],
          [3, 0.18],
          [4, 0.11],
          [5, 0.06],
          [6, 0.03],
        ]),
        armPitch: clamp(random.normal(18, 6.5), 6, 38),
        armStrength: clamp(random.normal(0.68, 0.26), 0.08, 1),
        armIrregularity: random.uniform(0.1, 0.9),
        bar: random.uniform() < 0.38 ? random.uniform(0.25, 1) : 0,
        knots: random.poisson(26 * Math.exp(random.normal(-0.2, 0.7))),
        dust: random.uniform(0.1, 0.8),
      };
    case "edge-on":
      return {
        inclination: random.uniform(79, 90),
        bulgeFraction: clamp(0.18 * Math.exp(random.normal(0, 0.9)), 0, 0.65),
        thickness: clamp(0.11 * Math.exp(random.normal(0, 0.35)), 0.05, 0.26),
        sersic: random.uniform(1, 2.5),
        boxiness: random.uniform() < 0.25 ? random.uniform(0.5, 1) : 0,
        dust: random.uniform() < 0.6 ? random.uniform(0.2, 1) : random.uniform(0, 0.2),
      };
    case "ring":
      return {
        inclination: faceOn(65),
        ringRadius: random.uniform(1.2, 2.1),
        bulgeFraction: random.uniform(0.2, 1),
        sersic: random.uniform(1.2, 3),
        knots: random.poisson(18),
      };
    case "merger": {
      const gasPoor = random.uniform() < 0.28;
      return {
        separation: clamp(1.35 * Math.exp(random.normal(0, 0.5)), 0.25, 4),
        massRatio: random.uniform(0.2, 1),
        tails: gasPoor ? random.uniform(0, 0.35) : random.uniform(0.25, 1),
        shells: random.uniform() < (gasPoor ? 0.6 : 0.15) ? random.uniform(0.4, 1) : 0,
        armStrength: gasPoor ? 0 : random.uniform(0.3, 0.9),
        armIrregularity: random.uniform(0.4, 1),
        bulgeFraction: random.uniform(0.1, 0.4),
        sersic: gasPoor ? random.uniform(2, 4) : random.uniform(1, 2.5),
        axisRatio: random.uniform(0.65, 1),
        inclination: faceOn(70),
        knots: gasPoor ? 0 : random.poisson(30),
        dust: random.uniform(0.1, 0.7),
        radius: clamp(4 * Math.exp(random.normal(0, 0.35)), 1.6, 12),
      };
    }
  }
}
