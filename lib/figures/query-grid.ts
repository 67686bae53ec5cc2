import type { Figure, FigureText } from "./figure.js";
import { montage } from "./montage.js";
import { redrawable } from "./redraw.js";
import { widths } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface QueryGridOptions extends FigureText {
  /**
   * Each query's objects in the order they were asked, with the score the oracle gave; a note, such as how many of
   * all that were asked were sought, stands under the query's number. Query 1 is the starting sample.
   */
  queries: readonly {
    query: number;
    note?: string;
    shown: readonly { image: NamedThumbnail; score: number | null }[];
  }[];
  /** Objects shown of each query; default 5. */
  top?: number;
  width?: number;
}

/** Fig. 10: the first objects of every query, one row a query, the oracle's score under each. */
export const queryGrid = redrawable((options: QueryGridOptions): Figure => {
  const { queries, top = 5, width = widths.column } = options;
  const images = queries.flatMap((q) =>
    Array.from({ length: top }, (_, j) => {
      const shown = q.shown[j];
      if (!shown) return null;
      return { ...shown.image, caption: shown.score === null ? "skipped" : `score ${shown.score}` };
    }),
  );
  const rowLabels = queries.map((q) => `query ${q.query}${q.note ? `<br>${q.note}` : ""}`);
  return montage({ ...options, images, columns: top, rowLabels, width });
});
