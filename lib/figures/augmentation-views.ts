import type { Figure, FigureText } from "./figure.js";
import { montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface AugmentationViewsOptions extends FigureText {
  /** Each image with views of it drawn at random, every row the same number; `name` stands left of it. */
  rows: readonly { original: NamedThumbnail; views: readonly NamedThumbnail[]; name?: string }[];
  width?: number;
}

/** Section 4.1: an image, framed, and what the network is shown of it. */
export const augmentationViews = redrawable((options: AugmentationViewsOptions): Figure => {
  const columns = 1 + Math.max(...options.rows.map((r) => r.views.length));
  const images = options.rows.flatMap(({ original, views }) => [
    { ...original, highlight: true },
    ...Array.from({ length: columns - 1 }, (_, j) => views[j] ?? null),
  ]);
  const columnLabels = [
    { text: "original", from: 0, span: 1 },
    { text: "views, drawn at random", from: 1, span: columns - 1 },
  ];
  const names = options.rows.map((r) => r.name ?? "");
  const rowLabels = names.some(Boolean) ? names : undefined;
  return montage({ ...options, images, columns, columnLabels, rowLabels });
});
