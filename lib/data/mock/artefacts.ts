import type { Random } from "../../random.js";
import type { PixelImage } from "../images/image.js";
import { stellarColour } from "./colours.js";
import { paintStar } from "./field-objects.js";
import type { FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";

/**
 * Defects that exist on the sky side of the camera, painted in flux: a satellite seen during the exposure of one
 * band, or a star far beyond saturation.
 */
export function paintSkyArtefact(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  if (g.artefact === "trail") paintTrail(canvas, g, random);
  if (g.artefact === "saturated-star") paintSaturatedStar(canvas, g, random);
}

/** A satellite crosses in minutes while the bands are exposed on different nights: the trail has one colour. */
function paintTrail(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const trails = random.uniform() < 0.25 ? 2 : 1;
  for (let k = 0; k < trails; k++) {
    const angle = random.uniform(0, Math.PI);
    const offset = random.normal(0, 0.25) * canvas.half;
    const sigma = (g.psf / 2.3548) * random.uniform(0.8, 1.5);
    const level = random.uniform(15, 110);
    const band = random.integer(3);
    const colour = [0, 1, 2].map((c) => (c === band ? 1 : 0.03)) as [number, number, number];
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    canvas.paint(0, 0, canvas.half, colour, (dx, dy) => {
      const t = (c * dy - s * dx - offset) / sigma;
      return Math.abs(t) > 5 ? 0 : level * Math.exp(-0.5 * t * t);
    });
  }
}

/**
 * A star that fills the wells: wide halo, four spikes from the secondary's supports, charge bleeding along the
 * read-out axis (x in DECaLS cutouts), and pixels masked to zero where the bleed was.
 */
function paintSaturatedStar(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const central = random.uniform() < 0.5;
  const x = central ? random.normal(0, 0.04) * canvas.half : random.uniform(-0.75, 0.75) * canvas.half;
  const y = central ? random.normal(0, 0.04) * canvas.half : random.uniform(-0.75, 0.75) * canvas.half;
  const strength = random.uniform(0.5, 1.5);
  const colour = stellarColour(random);
  paintStar(canvas, x, y, 3e5 * strength, g.psf * 1.5, colour);
  const span = canvas.half * random.uniform(0.5, 1) * Math.sqrt(strength);
  const haloScale = 0.22 * span;
  canvas.paint(x, y, 2 * canvas.half, colour, (dx, dy) => {
    const r = Math.sqrt(dx * dx + dy * dy) / haloScale;
    return (90 * strength) / (1 + r * r) ** 1.6;
  });
  const turn = random.uniform(0.6, 0.95);
  const width = 0.35 * g.psf;
  for (let k = 0; k < 4; k++) {
    const angle = turn + (k * Math.PI) / 2;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    canvas.paint(x, y, span, colour, (dx, dy) => {
      const along = c * dx + s * dy;
      if (along < 0) return 0;
      const t = (c * dy - s * dx) / (width * (1 + (0.7 * along) / span));
      return Math.abs(t) > 4 ? 0 : 260 * strength * Math.exp(-4.2 * (along / span) - 0.5 * t * t);
    });
  }
  const bleed = span * random.uniform(0.15, 0.4);
  const core = g.psf * random.uniform(0.5, 0.9) * Math.sqrt(strength);
  canvas.paint(x, y, 2 * bleed, [0.75, 0.9, 1.5], (dx, dy) => {
    const t = dy / (0.28 * g.psf);
    return Math.abs(t) > 4 ? 0 : 300 * Math.exp(-((dx / bleed) ** 2) - 0.5 * t * t);
  });
  // The masked lens: an ellipse along the bleed in which no band has data.
  canvas.absorb(x, y, bleed, [60, 60, 60], (dx, dy) =>
    (dx / (2.6 * core)) ** 2 + (dy / (0.75 * core)) ** 2 < 1 ? 1 : 0,
  );
}

/** A band that was never exposed here, wholly or beyond a chip's edge: its flux is zero, without even noise. */
export function dropBand(canvas: FluxCanvas, random: Random): void {
  const n = canvas.size;
  const band = canvas.bands[random.integer(3)];
  if (random.uniform() < 0.45) {
    band.fill(0);
    return;
  }
  const edge = Math.round(n * random.uniform(0.3, 0.7));
  const columns = random.uniform() < 0.5;
  const low = random.uniform() < 0.5;
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) if ((columns ? i : j) < edge === low) band[j * n + i] = 0;
}

/** Defects of the cutout itself: frames without data, and crops that ran off the mosaic. */
export function spoilCutout(image: PixelImage, g: Galaxy, random: Random): void {
  const { data, width: n } = image;
  if (g.artefact === "black-frame") {
    const kind = random.uniform();
    if (kind < 0.12) {
      data.fill(0);
      return;
    }
    const edge = Math.round(n * (kind < 0.6 ? random.uniform(0.25, 0.52) : random.uniform(0.55, 0.8)));
    const side = random.integer(4);
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) {
        const from = [i, j, n - 1 - i, n - 1 - j][side];
        if (from < edge) data.fill(0, 3 * (j * n + i), 3 * (j * n + i) + 3);
      }
  }
  if (g.artefact === "bad-crop") {
    // Beyond the mosaic's edge the last column was repeated.
    const edge = Math.round(n * random.uniform(0.42, 0.75));
    const alongX = random.uniform() < 0.5;
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) {
        if ((alongX ? i : j) < edge) continue;
        const from = alongX ? j * n + edge - 1 : (edge - 1) * n + i;
        for (let c = 0; c < 3; c++) data[3 * (j * n + i) + c] = data[3 * from + c];
      }
  }
}
