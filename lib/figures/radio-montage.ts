import type { Figure, FigureText } from "./figure.js";
import { montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface RadioMontageOptions extends FigureText {
  /** A caption, such as how wide the image is on the sky, stands under it. */
  sources: readonly { image: NamedThumbnail; label: string; caption?: string }[];
  /** Default 5. */
  columns?: number;
  width?: number;
}

/** Fig. 13: radio galaxies with their true class in the corner. */
export const radioMontage = redrawable((options: RadioMontageOptions): Figure => {
  const images = options.sources.map(({ image, label, caption }) => ({ ...image, caption, corner: label }));
  return montage({ ...options, images, columns: options.columns ?? 5 });
});
