/** What a galaxy of the mock survey is. A merger is two interacting galaxies; a lenticular a disc without arms. */
const galaxyKinds = ["elliptical", "lenticular", "spiral", "edge-on", "ring", "merger"] as const;
export type GalaxyKind = (typeof galaxyKinds)[number];

/** What can go wrong with a survey image, after the defects seen in the DECaLS cutouts. */
const artefactKinds = ["trail", "saturated-star", "black-frame", "bad-crop", "missing-band"] as const;
export type ArtefactKind = (typeof artefactKinds)[number];

/**
 * Everything that decides how a mock galaxy looks. All of it is physical: change one number and only that changes,
 * because the details left to chance (knots, field objects, noise) come from separate streams of `seed`.
 */
export interface Galaxy {
  kind: GalaxyKind;
  seed: number;
  /** Half-light radius R50, arcsec. The survey chooses the pixel scale from it: large galaxies are zoomed out. */
  radius: number;
  /** Surface brightness at R50, in sigmas of the sky noise of a 0.262" pixel. */
  brightness: number;
  /** 1 is the usual colour of the kind; above is redder. */
  redness: number;
  /** Degrees from the x axis. */
  positionAngle: number;
  /** Light of faint outskirts, 2.3 times as wide as the body, over the body's: an outer disc, or an envelope. */
  outskirts: number;
  /** Disc inclination in degrees: 0 face-on, 90 edge-on. */
  inclination: number;
  /** Apparent axis ratio of an elliptical. */
  axisRatio: number;
  /** Sersic index of an elliptical or of a bulge. */
  sersic: number;
  /** Bulge-to-total light of a disc galaxy. */
  bulgeFraction: number;
  /** Scale height of an edge-on disc over its `radius`. */
  thickness: number;
  /** Box-shaped bulge of an edge-on galaxy: 0 elliptical, 1 boxy. */
  boxiness: number;
  armCount: number;
  /** Pitch angle of the logarithmic arms, degrees: about 10 is tight, 20 medium, 30 loose. */
  armPitch: number;
  /** Arm-to-disc contrast, 0 to 1. */
  armStrength: number;
  /** How far the arms stray from a clean spiral, 0 to 1. */
  armIrregularity: number;
  /** Bar strength, 0 to 1. */
  bar: number;
  /** Number of bright star-forming knots. */
  knots: number;
  /** Dust: lane of an edge-on disc, inner edges of arms, 0 to 1. */
  dust: number;
  /** Distance between the nuclei of a merger, in units of `radius`. */
  separation: number;
  /** Light of the smaller partner over the larger. */
  massRatio: number;
  /** Brightness of tidal tails and bridge, 0 to 1. */
  tails: number;
  /** Brightness of shells, 0 to 1. */
  shells: number;
  /** Radius of a ring, in units of `radius`. */
  ringRadius: number;
  /** Satellites close to the galaxy. */
  companions: number;
  /** Density of field stars and galaxies relative to the usual. */
  crowding: number;
  /** Seeing, full width at half maximum, arcsec. */
  psf: number;
  /** Sky noise relative to the usual depth. */
  noise: number;
  /** Sky left by, or lost to, the background subtraction: in sigmas of the usual depth, a little different in each band. */
  sky: number;
  /** The same, as a slope across the image: sigmas from one edge to the other, in a direction of chance. */
  skyGradient: number;
  /** R50 in the catalogue over the true one: the survey zooms by what the catalogue says. */
  catalogueSize: number;
  artefact: ArtefactKind | null;
  /** Pixels on a side of the image. */
  imageSize: number;
}

const usual: Galaxy = {
  kind: "spiral",
  seed: 1,
  radius: 5,
  brightness: 28,
  redness: 1,
  outskirts: 0,
  positionAngle: 30,
  inclination: 30,
  axisRatio: 0.9,
  sersic: 2,
  bulgeFraction: 0.15,
  thickness: 0.1,
  boxiness: 0,
  armCount: 2,
  armPitch: 18,
  armStrength: 0.7,
  armIrregularity: 0.4,
  bar: 0,
  knots: 25,
  dust: 0.4,
  separation: 2,
  massRatio: 0.6,
  tails: 0.7,
  shells: 0,
  ringRadius: 1.6,
  companions: 0,
  crowding: 1,
  psf: 1.3,
  noise: 1,
  sky: 0,
  skyGradient: 0,
  catalogueSize: 1,
  artefact: null,
  imageSize: 424,
};

const usualOfKind: Record<GalaxyKind, Partial<Galaxy>> = {
  elliptical: { sersic: 4, bulgeFraction: 1, knots: 0, dust: 0, armStrength: 0, tails: 0 },
  lenticular: { bulgeFraction: 0.4, knots: 0, dust: 0.1, armStrength: 0, tails: 0 },
  spiral: { tails: 0 },
  "edge-on": { inclination: 88, bulgeFraction: 0.2, tails: 0 },
  ring: { bulgeFraction: 0.4, armStrength: 0, tails: 0 },
  merger: { inclination: 45 },
};

const limits: Partial<Record<keyof Galaxy, readonly [number, number]>> = {
  radius: [0.3, 60],
  brightness: [0, 1e4],
  redness: [0, 2],
  outskirts: [0, 2],
  inclination: [0, 90],
  axisRatio: [0.1, 1],
  sersic: [0.3, 8],
  bulgeFraction: [0, 1],
  thickness: [0.02, 1],
  boxiness: [0, 1],
  armCount: [1, 8],
  armPitch: [2, 60],
  armStrength: [0, 1],
  armIrregularity: [0, 1],
  bar: [0, 1],
  knots: [0, 500],
  dust: [0, 1],
  separation: [0, 10],
  massRatio: [0, 1],
  tails: [0, 1],
  shells: [0, 1],
  ringRadius: [0.3, 4],
  companions: [0, 20],
  crowding: [0, 20],
  psf: [0.3, 6],
  noise: [0, 20],
  sky: [-10, 100],
  skyGradient: [0, 100],
  catalogueSize: [0.2, 5],
  imageSize: [32, 2048],
};

/** Fills what is not given with the usual values of the kind; a value out of range is an error that names it. */
export function completeGalaxy(given: Partial<Galaxy>): Galaxy {
  const kind = given.kind ?? usual.kind;
  if (!galaxyKinds.includes(kind))
    throw new Error(`kind: "${kind}" is not a kind of galaxy; choose one of ${galaxyKinds.join(", ")}.`);
  if (given.artefact && !artefactKinds.includes(given.artefact))
    throw new Error(`artefact: "${given.artefact}" is unknown; choose one of ${artefactKinds.join(", ")}.`);
  const galaxy: Galaxy = { ...usual, ...usualOfKind[kind], ...given };
  for (const [name, range] of Object.entries(limits)) {
    const value = galaxy[name as keyof Galaxy] as number;
    if (!(value >= range[0] && value <= range[1]))
      throw new Error(`${name}: ${value} lies outside ${range[0]} to ${range[1]}.`);
  }
  return galaxy;
}
