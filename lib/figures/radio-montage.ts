import type { Figure, FigureText } from "./figure.js";
import { montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface RadioMontageOptions extends FigureText {
  sources: readonly { image: NamedThumbnail; label: string }[];
  /** Default 5. */
  columns?: number;
  width?: number;
}

/** Fig. 13: radio galaxies with their true class in the corner. */
export const radioMontage = redrawable((options: RadioMontageOptions): Figure => {
  const images = options.sources.map(({ image, label }) => ({ ...image, corner: label }));
  return montage({ ...options, images, columns: options.columns ?? 5 });
});
