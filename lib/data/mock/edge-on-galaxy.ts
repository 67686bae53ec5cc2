import type { Random } from "../../random.js";
import { dustExtinction, starColour } from "./colours.js";
import type { FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { sersic } from "./profiles.js";

/**
 * An edge-on disc: I(R, z) = I_0 (R/h) K_1(R/h) sech^2(z/z_0) (van der Kruit & Searle 1981), the first factor
 * close to (1 + 1.25 R/h)^0.5 exp(-R/h); a bulge that is elliptical or boxy; a dust lane along the plane, pushed
 * aside by what the inclination lacks from 90 degrees; and a slight warp.
 */
export function paintEdgeOnGalaxy(canvas: FluxCanvas, g: Galaxy, random: Random): void {
  const angle = (g.positionAngle * Math.PI) / 180;
  const h = g.radius / 1.25;
  const tilt = Math.cos((g.inclination * Math.PI) / 180);
  const z0 = g.radius * (g.thickness + 0.07 * g.bulgeFraction + 0.75 * tilt);
  const reach = 5.5 * h;
  const warp = random.normal(0, 0.02);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = (dx: number, dy: number) => c * dx + s * dy;
  const above = (dx: number, dy: number) => {
    const a = along(dx, dy) / g.radius;
    return c * dy - s * dx - warp * g.radius * a * Math.abs(a);
  };

  const midplane = 5 * g.brightness * (1 - 0.5 * g.bulgeFraction);
  canvas.paint(0, 0, reach, starColour("disc", g.redness), (dx, dy) => {
    const R = Math.abs(along(dx, dy)) / h;
    if (R > 5.5) return 0;
    const z = Math.exp(-Math.abs(above(dx, dy)) / z0);
    const sech = (2 * z) / (1 + z * z);
    return midplane * Math.sqrt(1 + 1.25 * R) * Math.exp(-R) * sech * sech;
  });
  if (g.bulgeFraction > 0.02) {
    const bulgeRadius = g.radius * (0.12 + 0.35 * g.bulgeFraction);
    const profile = sersic(
      3.4 * g.brightness * g.bulgeFraction ** 0.5,
      bulgeRadius,
      Math.min(2.5, g.sersic),
      0.5 * canvas.pixel,
      7 * bulgeRadius,
    );
    const power = 2 + 2.2 * g.boxiness;
    canvas.paint(0, 0, 7 * bulgeRadius, starColour("old", g.redness), (dx, dy) => {
      const a = Math.abs(along(dx, dy));
      const b = Math.abs(above(dx, dy)) / 0.75;
      return profile((a ** power + b ** power) ** (1 / power));
    });
  }
  if (g.dust > 0.02) {
    const thickness = 0.3 * z0 + 0.15 * canvas.pixel;
    const shift = 0.8 * tilt * g.radius * (random.uniform() < 0.5 ? 1 : -1);
    const ripple = random.uniform(0, 2 * Math.PI);
    canvas.absorb(0, 0, 3 * h, dustExtinction, (dx, dy) => {
      const R = along(dx, dy) / h;
      const z = (above(dx, dy) - shift - 0.12 * thickness * Math.sin(5 * R + ripple)) / thickness;
      return 1.9 * g.dust * Math.exp(-0.45 * R * R - 0.5 * z * z);
    });
  }
}
