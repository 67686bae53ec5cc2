import { Random } from "../../random.js";
import type { PixelImage } from "../images/image.js";

/**
 * A double radio source as FIRST would see it. Fanaroff & Riley (1974): type I jets are brightest near the core and
 * fade outwards, type II lobes brighten towards hotspots at their ends, hybrids have one side of each.
 */
export interface RadioGalaxy {
  kind: "FRI" | "FRII" | "hybrid";
  /** The third digit of MiraBest's codes. */
  subclass: "standard" | "double-double" | "wide-angle tail" | "head-tail";
  seed: number;
  /** End-to-end size, pixels of 1.8 arcsec. */
  extent: number;
  positionAngle: number;
  /** How close the morphology is to its type: 1 textbook, 0 halfway to the other. */
  typicality: number;
  /** Flux of the fainter side over the brighter, and the same for lengths. */
  asymmetry: number;
  /** Flux of the core over that of the brighter side. */
  core: number;
  /** Width of the lobes over their length: 0.05 a narrow jet, 0.3 a fat double. */
  lobeWidth: number;
  /** Old plasma in wide faint patches about the lobes, its flux over that of the brighter side. */
  relic: number;
  /** Peak over noise. */
  signalToNoise: number;
}

const SIDE = 150;
/** FIRST's beam: 5.4 arcsec full width at half maximum on 1.8 arcsec pixels. */
const BEAM_SIGMA = 5.4 / 2.3548 / 1.8;

const usualRadioGalaxy: RadioGalaxy = {
  kind: "FRII",
  subclass: "standard",
  seed: 1,
  extent: 36,
  positionAngle: 30,
  typicality: 0.9,
  asymmetry: 0.8,
  core: 0.1,
  lobeWidth: 0.12,
  relic: 0,
  signalToNoise: 80,
};

/**
 * 150 x 150 grey bytes prepared as MiraBest is (Porter & Scaife 2023): convolved with the beam, noise of the beam's
 * correlation added, everything below three times the noise set to zero, the rest scaled to 0..255.
 */
export function renderRadioGalaxy(given: Partial<RadioGalaxy> = {}): PixelImage {
  const g = { ...usualRadioGalaxy, ...given };
  const random = new Random(g.seed);
  const sky = new Float32Array(SIDE * SIDE);
  const shape = random.fork("shape");
  const angle = (g.positionAngle * Math.PI) / 180;
  const fainterFirst = shape.uniform() < 0.5;
  // Arms are unequal in length for reasons of their own: one side runs into denser gas.
  const shorterFirst = shape.uniform() < 0.5;
  const sides = [0, 1].map((k) => {
    const fainter = (k === 0) === fainterFirst;
    const edgeBrightened = g.kind === "FRII" || (g.kind === "hybrid" && k === 0);
    return {
      direction: angle + k * Math.PI + shape.normal(0, 0.12),
      length: (g.extent / 2) * ((k === 0) === shorterFirst ? 0.4 + 0.6 * g.asymmetry : 1),
      flux: fainter ? g.asymmetry : 1,
      edgeBrightened,
    };
  });
  const bend = bending(g, shape);
  for (const [k, side] of sides.entries()) paintSide(sky, g, side, bend[k], shape);
  if (g.subclass === "double-double")
    for (const [k, side] of sides.entries())
      paintSide(sky, g, { ...side, length: 0.4 * side.length, flux: 0.8 * side.flux }, bend[k], shape);
  paintBlob(sky, 0, 0, 0.8, g.core * shape.uniform(0.7, 1.4));
  if (g.relic > 0.01) paintRelic(sky, g, angle, shape);
  // Unrelated sources in the field, now and then brighter than the one in the middle.
  for (let n = shape.poisson(0.25); n > 0; n--)
    paintBlob(sky, shape.uniform(-70, 70), shape.uniform(-70, 70), 0.8, 0.25 * Math.exp(shape.normal(0, 1)));
  return observe(sky, g, random.fork("noise"));
}

/** How much each side turns over its length, radians: tails are swept to the same side of the sky. */
function bending(g: RadioGalaxy, random: Random): [number, number] {
  const sense = random.uniform() < 0.5 ? 1 : -1;
  const sweep =
    g.subclass === "head-tail"
      ? random.uniform(1.9, 2.6)
      : g.subclass === "wide-angle tail"
        ? random.uniform(0.7, 1.3)
        : 0;
  const wander = g.kind === "FRI" ? 0.75 : 0.3;
  return [sense * sweep + random.normal(0, wander), -sense * sweep + random.normal(0, wander)];
}

function paintSide(
  sky: Float32Array,
  g: RadioGalaxy,
  side: { direction: number; length: number; flux: number; edgeBrightened: boolean },
  bend: number,
  random: Random,
): void {
  const beads = Math.max(8, Math.ceil(side.length * 1.2));
  const step = side.length / beads;
  const clumps = [random.uniform(0, 6.28), random.uniform(0, 6.28)];
  const flare = random.uniform(0.12, 0.3);
  const widen = random.uniform(0.05, 0.2);
  const fatness = g.lobeWidth * random.uniform(0.6, 1.5);
  // Between core and lobe the jet itself is often too faint to be seen.
  const gap = random.uniform(0.1, 0.9);
  // Between the types the profiles mix: that is what makes some sources hard.
  const mix = 0.5 + 0.5 * g.typicality;
  let x = 0;
  let y = 0;
  for (let k = 1; k <= beads; k++) {
    const t = k / beads;
    const heading = side.direction + bend * t;
    x += step * Math.cos(heading);
    y += step * Math.sin(heading);
    const plume = Math.exp(-(((t - flare) / 0.33) ** 2)) + 0.22 * (1 - t);
    const lobe = 0.02 + (0.4 * t ** 2) / (1 + Math.exp((gap - t) / 0.06));
    const share = side.edgeBrightened ? mix : 1 - mix;
    const texture = 1 + 0.3 * Math.sin(9 * t + clumps[0]) * Math.sin(17 * t + clumps[1]);
    const width =
      0.6 + side.length * (share * fatness * (0.4 + t) + (1 - share) * (0.2 * g.lobeWidth + widen * t));
    const flux = side.flux * ((1 - share) ** 1.5 * 1.5 * plume + share * lobe) * texture;
    paintBlob(sky, x, y, width, flux * (step / 1.5));
  }
  const hotspot =
    side.flux * (side.edgeBrightened ? mix ** 2 : (1 - mix) ** 2) * 0.8 * Math.exp(random.normal(0, 0.9));
  paintBlob(sky, x, y, 0.7 + 0.05 * side.length, hotspot);
  // Knots where the jet is disturbed: any of them may outshine what the type is named for.
  for (let n = random.poisson(1.2); n > 0; n--) {
    const t = random.uniform(0.15, 1);
    const heading = side.direction + 0.5 * bend * t;
    const away = side.length * t;
    const flux = side.flux * random.uniform(0.1, 0.9);
    paintBlob(sky, away * Math.cos(heading), away * Math.sin(heading), 0.6 + 0.06 * side.length, flux);
  }
}

/** Patches beside the axis and beyond its ends, several beams wide: what earlier outbursts left behind. */
function paintRelic(sky: Float32Array, g: RadioGalaxy, angle: number, random: Random): void {
  const patches = 2 + random.integer(4);
  const swing = random.normal(0, 0.8);
  for (let k = 0; k < patches; k++) {
    const away = g.extent * random.uniform(0.15, 0.65);
    const heading = angle + swing + (k % 2) * Math.PI + random.normal(0, 0.3);
    const width = g.extent * random.uniform(0.06, 0.16);
    paintBlob(sky, away * Math.cos(heading), away * Math.sin(heading), width, (1.5 * g.relic) / patches);
  }
}

/** A Gaussian of total flux `flux`, widened by the beam analytically: no convolution of the image is needed. */
function paintBlob(sky: Float32Array, x: number, y: number, width: number, flux: number): void {
  const variance = width * width + BEAM_SIGMA * BEAM_SIGMA;
  const reach = 4.5 * Math.sqrt(variance);
  const peak = flux / (2 * Math.PI * variance);
  const centre = (SIDE - 1) / 2;
  const range = (at: number) => [
    Math.max(0, Math.ceil(at + centre - reach)),
    Math.min(SIDE - 1, Math.floor(at + centre + reach)),
  ];
  const [i0, i1] = range(x);
  const [j0, j1] = range(y);
  const columns = Float64Array.from({ length: Math.max(0, i1 - i0 + 1) }, (_, k) =>
    Math.exp((-0.5 * (i0 + k - centre - x) ** 2) / variance),
  );
  for (let j = j0; j <= j1; j++) {
    const row = peak * Math.exp((-0.5 * (j - centre - y) ** 2) / variance);
    for (let i = i0; i <= i1; i++) sky[j * SIDE + i] += row * columns[i - i0];
  }
}

function observe(sky: Float32Array, g: RadioGalaxy, random: Random): PixelImage {
  const peak = sky.reduce((m, v) => Math.max(m, v), 0);
  const noise = beamNoise(random);
  const sigma = peak / g.signalToNoise;
  // Bright sources leave side lobes of the dirty beam: faint stripes through the source.
  if (random.uniform() < 0.15) addRipple(sky, random.uniform(0.005, 0.04) * peak, random.uniform(0, Math.PI));
  const data = new Uint8Array(SIDE * SIDE);
  let most = 0;
  for (let k = 0; k < sky.length; k++) {
    const v = sky[k] + sigma * noise[k];
    sky[k] = v < 3 * sigma ? 0 : v;
    most = Math.max(most, sky[k]);
  }
  for (let k = 0; k < sky.length; k++) data[k] = Math.round((255 * sky[k]) / most);
  return { data, width: SIDE, height: SIDE, channels: 1 };
}

function addRipple(sky: Float32Array, level: number, angle: number): void {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let j = 0; j < SIDE; j++)
    for (let i = 0; i < SIDE; i++) {
      const along = c * (i - 75) + s * (j - 75);
      const across = c * (j - 75) - s * (i - 75);
      sky[j * SIDE + i] += level * Math.cos(0.55 * along) * Math.exp((-across * across) / 300);
    }
}

/** Unit-variance noise with the beam's correlation: white noise under a separable Gaussian. */
function beamNoise(random: Random): Float32Array {
  const reach = Math.ceil(3 * BEAM_SIGMA);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-0.5 * ((k - reach) / BEAM_SIGMA) ** 2),
  );
  const power = kernel.reduce((sum, v) => sum + v * v, 0);
  const wide = SIDE + 2 * reach;
  const white = Float32Array.from({ length: wide * wide }, () => random.normal());
  const rows = new Float32Array(wide * SIDE);
  for (let j = 0; j < wide; j++)
    for (let i = 0; i < SIDE; i++)
      for (let k = 0; k < kernel.length; k++) rows[j * SIDE + i] += kernel[k] * white[j * wide + i + k];
  const out = new Float32Array(SIDE * SIDE);
  for (let j = 0; j < SIDE; j++)
    for (let k = 0; k < kernel.length; k++)
      for (let i = 0; i < SIDE; i++) out[j * SIDE + i] += (kernel[k] * rows[(j + k) * SIDE + i]) / power;
  return out;
}
