import { captionLetter, type MontageImage } from "./cell-grid.js";
import type { Figure, FigureText } from "./figure.js";
import { montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import { widths } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface NeighbourGridOptions extends FigureText {
  source: NamedThumbnail;
  /** The eight nearest, nearest first. */
  neighbours: readonly NamedThumbnail[];
  /** What `similar` says of them: the Euclidean distances in feature space, written under them if given. */
  found?: readonly { distance: number }[];
  width?: number;
}

/** Figs. 11 and 12: three by three, the source framed at the centre, its eight nearest neighbours around it. */
export const neighbourGrid = redrawable((options: NeighbourGridOptions): Figure => {
  const { source, neighbours, found } = options;
  if (neighbours.length !== 8)
    throw new Error(`The neighbour grid takes 8 neighbours, not ${neighbours.length}.`);
  // A montage takes fewer columns where captions find no room; here the source has to stay in the middle.
  const { width = widths.column } = options;
  const word = "8: distance 0.123".length * captionLetter(width) * 3 <= width - 20 ? "distance" : "d =";
  const images: MontageImage[] = neighbours.map((image, i) => ({
    ...image,
    caption: found ? `${i + 1}: ${word} ${found[i].distance.toPrecision(3)}` : undefined,
  }));
  images.splice(4, 0, { ...source, highlight: true, caption: found ? "source" : undefined });
  return montage({ ...options, images, columns: 3 });
});
