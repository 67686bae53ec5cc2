import type { Random } from "../../random.js";
import type { Colour } from "./flux-canvas.js";

/** Stars of one age in the three bands shown (z, r, g): old bulges are warm, young arms blue. */
export function starColour(age: "old" | "disc" | "young", redness: number): Colour {
  const warmth = { old: 0.15, disc: 0.06, young: -0.12 }[age] + 0.2 * (redness - 1);
  return [1 + warmth, 1, 1 - warmth];
}

/** How much dust takes of each band, relative to the middle one: it reddens. */
export const dustExtinction: Colour = [0.55, 1, 1.35];

/** A foreground star's colour, drawn: most are a little warm. */
export function stellarColour(random: Random): Colour {
  const red = Math.max(-0.35, Math.min(0.75, random.normal(0.12, 0.28)));
  return [1 + red, 1, 1 - red];
}
