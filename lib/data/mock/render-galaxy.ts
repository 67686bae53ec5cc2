import { Random } from "../../random.js";
import type { PixelImage } from "../images/image.js";
import { dropBand, paintSkyArtefact, spoilCutout } from "./artefacts.js";
import { cameraPixel } from "./camera.js";
import { canvasToRgb } from "./canvas-to-rgb.js";
import { starColour } from "./colours.js";
import { paintDiscGalaxy } from "./disc-galaxy.js";
import { paintEdgeOnGalaxy } from "./edge-on-galaxy.js";
import { paintBackgroundGalaxies, paintStars } from "./field-objects.js";
import { FluxCanvas } from "./flux-canvas.js";
import { completeGalaxy, type Galaxy } from "./galaxy.js";
import { paintMerger } from "./merger.js";
import { sersic, turned } from "./profiles.js";
import { resampleCanvas } from "./resample-canvas.js";
import { paintRingGalaxy } from "./ring-galaxy.js";
import { blurBySeeing } from "./seeing.js";
import { addSky, addSkyNoise } from "./sky-noise.js";

/** Galaxies wider than this many camera pixels are rendered on coarser pixels; the seeing still covers two. */
const LARGEST_GRID = 320;

/** Petrosian R90 / R50 of the profile: 3.2 for a de Vaucouleurs elliptical, 2.3 for an exponential disc. */
export function concentration(g: Galaxy): number {
  return g.kind === "elliptical" ? 1.9 + 0.33 * Math.min(4, g.sersic) : 2.25 + 0.8 * g.bulgeFraction;
}

/** Petrosian radii miss the outskirts: what the catalogue calls R50 falls short of the true half-light radius. */
export const PETROSIAN_SHORTFALL = 0.82;

/** Galaxy Zoo DECaLS' zoom (Walmsley et al. 2022): max(min(0.04 R50, 0.02 R90), 0.1) arcsec a pixel at 424 px. */
export function pixelScale(g: Galaxy): number {
  const extent = g.kind === "merger" ? 1 + 0.25 * g.separation : g.kind === "ring" ? g.ringRadius / 1.3 : 1;
  const r50 = PETROSIAN_SHORTFALL * g.radius * extent * g.catalogueSize;
  return Math.max(Math.min(0.04 * r50, 0.02 * r50 * concentration(g)), 0.1) * (424 / g.imageSize);
}

/**
 * One galaxy as the survey would show it: painted in three bands on the camera's pixels, blurred by the seeing,
 * given its sky noise, zoomed to `imageSize` and shown with Lupton's asinh stretch. The result is RGB bytes and
 * depends on the parameters alone.
 *
 * @example show(renderGalaxy({ kind: "spiral", armPitch: 12, inclination: 50 }))
 */
export function renderGalaxy(given: Partial<Galaxy> = {}): PixelImage {
  const g = completeGalaxy(given);
  const field = g.imageSize * pixelScale(g);
  const grid = Math.min(g.imageSize, LARGEST_GRID, Math.max(64, Math.round(field / cameraPixel)));
  const canvas = new FluxCanvas(grid, field / grid);
  const stream = (name: string) => new Random(g.seed).fork(name);

  paintBackgroundGalaxies(canvas, g, stream("field"));
  paintGalaxy(canvas, g, stream("galaxy"));
  blurBySeeing(canvas, g.psf);
  paintStars(canvas, g, stream("stars"));
  paintSkyArtefact(canvas, g, stream("artefact"));
  addSky(canvas, g, stream("sky"));
  // Brightness is per camera pixel; on coarser pixels the noise averages down.
  addSkyNoise(canvas, g.noise * Math.min(1, cameraPixel / canvas.pixel), stream("noise"));
  if (g.artefact === "missing-band") dropBand(canvas, stream("band"));
  const image = canvasToRgb(resampleCanvas(canvas, g.imageSize));
  if (g.artefact) spoilCutout(image, g, stream("cutout"));
  return image;
}

/** The light of the galaxy alone, in the centre of the canvas, before seeing, sky and noise. */
export function paintGalaxy(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  if (g.outskirts > 0.01 && g.kind !== "merger") paintOutskirts(canvas, g);
  if (g.kind === "edge-on") paintEdgeOnGalaxy(canvas, g, random);
  else if (g.kind === "ring") paintRingGalaxy(canvas, g, random);
  else if (g.kind === "merger") paintMerger(canvas, g, random);
  else if (g.kind === "elliptical") {
    const profile = sersic(g.brightness, g.radius, g.sersic, 0.5 * canvas.pixel, 15 * g.radius);
    const angle = (g.positionAngle * Math.PI) / 180;
    canvas.paint(0, 0, 15 * g.radius, starColour("old", g.redness), turned(profile, g.axisRatio, angle));
  } else paintDiscGalaxy(canvas, g, random);
}

/** An exponential profile of 2.3 times the radius, bluer than the body and, seen edge-on, less flat. */
function paintOutskirts(canvas: FluxCanvas, g: Galaxy): void {
  const radius = 2.3 * g.radius;
  const flat = g.kind === "elliptical" ? g.axisRatio : Math.cos((g.inclination * Math.PI) / 180);
  const axisRatio = Math.hypot(0.3, flat) / Math.hypot(0.3, 1);
  const profile = sersic(
    (g.brightness * g.outskirts) / 2.3 ** 2,
    radius,
    1,
    0.5 * canvas.pixel,
    4.6 * radius,
  );
  const angle = (g.positionAngle * Math.PI) / 180;
  const colour = starColour("disc", g.redness - 0.2);
  canvas.paint(0, 0, 4.6 * radius, colour, turned(profile, axisRatio, angle));
}
