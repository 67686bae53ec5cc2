import type { Figure, FigureText } from "./figure.js";
import { type MontageCell, montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface NeighbourGridOptions extends FigureText {
  source: NamedThumbnail;
  /** The eight nearest, nearest first. */
  neighbours: readonly NamedThumbnail[];
  /** Their Euclidean distances in feature space, written under them if given. */
  distances?: ArrayLike<number>;
  width?: number;
}

/** Figs. 11 and 12: three by three, the source framed at the centre, its eight nearest neighbours around it. */
export const neighbourGrid = redrawable((options: NeighbourGridOptions): Figure => {
  const { source, neighbours, distances } = options;
  if (neighbours.length !== 8)
    throw new Error(`The neighbour grid takes 8 neighbours, not ${neighbours.length}.`);
  const cells: MontageCell[] = neighbours.map((image, i) => ({
    image,
    caption: distances ? `${i + 1}: distance ${distances[i].toPrecision(3)}` : undefined,
  }));
  cells.splice(4, 0, { image: source, highlight: true, caption: distances ? "source" : undefined });
  return montage({ ...options, cells, columns: 3 });
});
