import { captionLetter, cellGrid, labelRoom, type MontageImage, round1 } from "./cell-grid.js";
import { blankAxis, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { ink, textSize, widths } from "./theme.js";

export interface MontageOptions extends FigureText {
  /** Row by row; null leaves a cell empty. */
  images: readonly (MontageImage | null)[];
  columns: number;
  /** Left of each row, if the rows mean something. */
  rowLabels?: readonly string[];
  /** Above the grid, over the columns each stands for: from column `from` on, `span` of them. */
  columnLabels?: readonly { text: string; from: number; span: number }[];
  width?: number;
}

/**
 * A grid of equal cells (Figs. 2, 10-13 stand on it): images keep their shape, captions stand under them, corners in
 * them, and each cell shows its image's id when hovered.
 */
export const montage = redrawable((options: MontageOptions): Figure => {
  const { images, rowLabels, columnLabels = [], width = widths.column } = options;
  if (!images.length) throw new Error(`The montage "${options.title}" has no images.`);
  const left = rowLabels ? labelRoom(rowLabels, width) : 10;
  // Where rows and columns mean nothing there are as many in a row as leave room for the captions.
  const widest = Math.max(...images.map((image) => image?.caption?.length ?? 0)) * captionLetter(width);
  const most =
    rowLabels || columnLabels.length || !widest ? options.columns : Math.floor((width - 20) / widest);
  const columns = Math.max(1, Math.min(options.columns, most));
  const grid = cellGrid({ images, columns, rowLabels, width: width - left - 10, size: textSize(width) });
  const outer = frame({ ...options, width, height: 1000, left, right: 10, bottom: 8 });
  const size = textSize(width);
  if (columnLabels.length) outer.margin!.t! += Math.round(size * 1.6);
  const cell = (width - left - 10) / columns;
  const over = columnLabels.map(({ text, from, span }) => ({
    text,
    x: round1((from + span / 2) * cell),
    y: 1,
    xref: "x" as const,
    yref: "paper" as const,
    yanchor: "bottom" as const,
    showarrow: false,
    font: { size: Math.round(size * 0.88), color: ink.text },
  }));
  return {
    data: [grid.hover],
    layout: {
      ...outer,
      height: Math.round(outer.margin!.t! + grid.height + 8),
      xaxis: blankAxis([0, width - left - 10]),
      yaxis: blankAxis([grid.height, 0]),
      images: grid.images,
      shapes: grid.shapes,
      annotations: [...over, ...grid.annotations],
    },
  };
});
