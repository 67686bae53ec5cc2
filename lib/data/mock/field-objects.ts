import type { Random } from "../../random.js";
import { cameraPixel } from "./camera.js";
import { stellarColour } from "./colours.js";
import type { Colour, FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { gaussian, sersic, turned } from "./profiles.js";

/** Objects an arcmin^2 bright enough to be noticed, at high galactic latitude. */
const GALAXY_DENSITY = 11;
const STAR_DENSITY = 5;

/** Background galaxies over the field and satellites near the galaxy; painted before the seeing. */
export function paintBackgroundGalaxies(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const area = (2 * canvas.half) ** 2 / 3600;
  const count = random.poisson(GALAXY_DENSITY * area * g.crowding);
  for (let k = 0; k < count; k++) {
    // Number counts: fluxes follow N(> f) ~ f^-1.1 down to the detection limit.
    const flux = 14 * random.uniform() ** (-1 / 1.1);
    const radius = 0.35 * Math.min(6, (flux / 14) ** 0.3) * Math.exp(random.normal(0, 0.3));
    const red = random.normal(0.2, 0.2);
    paintSmallGalaxy(canvas, random, flux, radius, red, scatter(canvas, random), scatter(canvas, random));
  }
  for (let k = 0; k < g.companions; k++) {
    const away = g.radius * random.uniform(1.1, 3.6);
    const around = random.uniform(0, 2 * Math.PI);
    const radius = g.radius * random.uniform(0.12, 0.5);
    const flux = g.brightness * radius * radius * random.uniform(2.5, 8);
    paintSmallGalaxy(
      canvas,
      random,
      flux,
      radius,
      random.normal(0.1, 0.15),
      away * Math.cos(around),
      away * Math.sin(around),
    );
  }
}

function scatter(canvas: FluxCanvas, random: Random): number {
  return canvas.half * random.uniform(-1.05, 1.05);
}

function paintSmallGalaxy(
  canvas: FluxCanvas,
  random: Random,
  flux: number,
  radius: number,
  red: number,
  x: number,
  y: number,
): void {
  const q = random.uniform(0.3, 1);
  const angle = random.uniform(0, Math.PI);
  const n = random.uniform(0.8, 2.5);
  // Total light of a Sersic profile is close to 2 pi R^2 q I_e times 1.9 to 2.6; the constant is folded into flux.
  const peak = flux / (2.2 * 2 * Math.PI * q * radius * radius);
  const profile = sersic(peak, radius, n, 0.5 * canvas.pixel, 6 * radius);
  canvas.paint(x, y, 6 * radius, [1 + red, 1, 1 - red], turned(profile, q, angle));
}

/** Foreground stars with Moffat (beta 3) images, so bright ones have wings; painted after the seeing. */
export function paintStars(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const area = (2 * canvas.half) ** 2 / 3600;
  const count = random.poisson(STAR_DENSITY * area * g.crowding);
  for (let k = 0; k < count; k++) {
    const flux = Math.min(30000, 60 * random.uniform() ** (-1 / 0.65));
    const x = scatter(canvas, random);
    const y = scatter(canvas, random);
    // A bright star on the nucleus would have kept the galaxy out of the survey.
    if (Math.hypot(x, y) < 0.4 * g.radius) continue;
    paintStar(canvas, x, y, flux, g.psf, stellarColour(random));
  }
}

/** `flux` in sky sigmas summed over the camera's pixels. */
export function paintStar(
  canvas: FluxCanvas,
  x: number,
  y: number,
  flux: number,
  fwhm: number,
  colour: Colour,
): void {
  const beta = 3;
  const alpha = fwhm / (2 * Math.sqrt(2 ** (1 / beta) - 1));
  const peak = (flux * (beta - 1) * cameraPixel ** 2) / (Math.PI * alpha * alpha);
  const reach = Math.min(canvas.half * 2, alpha * Math.max(3, (peak / 0.15) ** (1 / (2 * beta))));
  canvas.paint(x, y, reach, colour, (dx, dy) => {
    const t = 1 + (dx * dx + dy * dy) / (alpha * alpha);
    return peak / (t * t * t);
  });
  if (flux > 8000) canvas.paint(x, y, 14 * fwhm, colour, gaussian(flux * 2e-5, 5 * fwhm));
}
