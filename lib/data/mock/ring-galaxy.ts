import type { Random } from "../../random.js";
import { starColour } from "./colours.js";
import type { FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { gaussian, sersic, turned } from "./profiles.js";

/**
 * A ring: a warm core, a faint disc, and a blue annulus with a Gaussian cross-section and beads of star formation,
 * a little off-centre as collisional rings are. Hoag-like when the disc is absent (bulgeFraction near 1).
 */
export function paintRingGalaxy(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const angle = (g.positionAngle * Math.PI) / 180;
  const q = Math.max(0.25, Math.cos((g.inclination * Math.PI) / 180));
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const ring = g.ringRadius * g.radius;
  const width = ring * random.uniform(0.1, 0.17);
  const offset = random.uniform(0, 0.12) * ring;
  const lop = random.uniform(0, 0.35);
  const lopAngle = random.uniform(0, 2 * Math.PI);
  const soft = 0.5 * canvas.pixel;
  const core = sersic(
    2.2 * g.brightness,
    g.radius * (0.2 + 0.3 * g.bulgeFraction),
    Math.min(3, g.sersic),
    soft,
    5 * g.radius,
  );
  canvas.paint(0, 0, 4 * g.radius, starColour("old", g.redness), turned(core, Math.max(q, 0.75), angle));
  const disc = sersic(0.5 * (1 - g.bulgeFraction) * g.brightness, 1.2 * ring, 0.7, soft, 3 * ring);
  canvas.paint(0, 0, 3 * ring, starColour("disc", g.redness), turned(disc, q, angle));
  const peak = 0.95 * g.brightness;
  canvas.paint(0, 0, ring + offset + 4 * width, starColour("young", g.redness), (dx, dy) => {
    const px = c * dx + s * dy - offset;
    const py = (c * dy - s * dx) / q;
    const t = (Math.sqrt(px * px + py * py) - ring) / width;
    return peak * (1 + lop * Math.cos(Math.atan2(py, px) - lopAngle)) * Math.exp(-0.5 * t * t);
  });
  for (let k = 0; k < g.knots; k++) {
    const theta = random.uniform(0, 2 * Math.PI);
    const r = ring + random.normal(0, 0.4 * width);
    const px = r * Math.cos(theta) + offset;
    const py = r * Math.sin(theta) * q;
    const sigma = Math.hypot(ring * random.uniform(0.02, 0.05), soft);
    canvas.paint(
      c * px - s * py,
      s * px + c * py,
      3.5 * sigma,
      [0.75, 0.95, 1.3],
      gaussian(peak * random.uniform(0.3, 1.3), sigma),
    );
  }
}
