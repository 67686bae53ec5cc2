import type { Annotations, Data, Layout, Shape } from "plotly.js";
import { blankAxis, type Figure, type FigureText, frame } from "./figure.js";
import { ink, textSize, widths } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

/** One cell of a montage. */
export interface MontageCell {
  image: NamedThumbnail | null;
  /** Under the image. */
  caption?: string;
  /** In the image's upper left corner, on a dark ground. */
  corner?: string;
  /** Draws a frame: the source of a search, the object meant. */
  highlight?: boolean;
}

export interface MontageOptions extends FigureText {
  cells: readonly MontageCell[];
  columns: number;
  /** Left of each row, if the rows mean something. */
  rowLabels?: readonly string[];
  width?: number;
}

/**
 * A grid of equal cells (Figs. 2, 10-13 stand on it): images keep their shape, captions stand under them, corners in
 * them, and each cell shows its image's id when hovered.
 */
export function montage(options: MontageOptions): Figure {
  const { cells, columns, rowLabels, width = widths.column } = options;
  if (!cells.length) throw new Error(`The montage "${options.title}" has no images.`);
  const size = textSize(width);
  const left = rowLabels ? Math.round(Math.max(...rowLabels.map((l) => l.length)) * size * 0.62 + 20) : 10;
  const cell = (width - left - 10) / columns;
  const rows = Math.ceil(cells.length / columns);
  const captions = cells.some((c) => c.caption);
  const gap = 3;
  const captionRoom = captions ? size * 1.5 : 0;
  const rowHeight = cell + captionRoom;
  const plot = rows * rowHeight;
  const outer = frame({ ...options, width, height: 1000, left, right: 10, bottom: 8 });
  const height = Math.round(outer.margin!.t! + plot + 8);
  const place = (i: number) => ({ x: (i % columns) * cell, y: Math.floor(i / columns) * rowHeight });
  const images: Partial<Layout>["images"] = [];
  const shapes: Partial<Shape>[] = [];
  const annotations: Partial<Annotations>[] = [];
  cells.forEach((c, i) => {
    const { x, y } = place(i);
    if (c.image) images.push(picture(c.image, x + gap, y + gap, cell - 2 * gap));
    if (c.highlight) shapes.push(border(x + gap, y + gap, cell - 2 * gap));
    if (c.caption) annotations.push(words(c.caption, x + cell / 2, y + cell + captionRoom / 2, size));
    if (c.corner) annotations.push(cornerWords(c.corner, x + gap + 2, y + gap + 2, size));
  });
  rowLabels?.forEach((text, r) => {
    const row = words(text, 0, r * rowHeight + cell / 2, size);
    annotations.push({ ...row, xref: "paper", xanchor: "right", xshift: -8 });
  });
  return {
    data: [
      hoverPoints(
        cells.map((c, i) => ({ ...place(i), id: c.image?.id ?? "" })),
        cell,
      ),
    ],
    layout: {
      ...outer,
      height,
      xaxis: blankAxis([0, columns * cell]),
      yaxis: blankAxis([plot, 0]),
      images,
      shapes,
      annotations,
    },
  };
}

/** An image in pixel coordinates whose y grows downwards; it fills a square of `side` without being stretched. */
export function picture(image: NamedThumbnail, x: number, y: number, side: number) {
  const round = (v: number) => Math.round(v * 10) / 10;
  const at = { x: round(x), y: round(y), sizex: round(side), sizey: round(side) };
  return {
    source: image.src,
    xref: "x",
    yref: "y",
    ...at,
    xanchor: "left",
    yanchor: "top",
    sizing: "contain",
    layer: "above",
  } as NonNullable<Layout["images"]>[number];
}

/** Invisible markers at the middle of the cells: plotly's images cannot be hovered themselves. */
export function hoverPoints(at: readonly { x: number; y: number; id: string }[], cell: number): Data {
  return {
    type: "scatter",
    mode: "markers",
    x: at.map((c) => Math.round(c.x + cell / 2)),
    y: at.map((c) => Math.round(c.y + cell / 2)),
    text: at.map((c) => c.id),
    hoverinfo: "text",
    marker: { size: Math.round(cell * 0.8), opacity: 0 },
    showlegend: false,
  };
}

function words(text: string, x: number, y: number, size: number): Partial<Annotations> {
  const at = { x: Math.round(x), y: Math.round(y), xref: "x" as const, yref: "y" as const };
  return { text, ...at, showarrow: false, font: { size: Math.round(size * 0.88), color: ink.text } };
}

function cornerWords(text: string, x: number, y: number, size: number): Partial<Annotations> {
  return {
    ...words(text, x, y, size),
    xanchor: "left",
    yanchor: "top",
    font: { size: Math.round(size * 0.82), color: "#ffffff" },
    bgcolor: "rgba(0,0,0,0.6)",
    borderpad: 2,
  };
}

function border(x: number, y: number, side: number): Partial<Shape> {
  const line = { color: "#E69F00", width: 4 };
  return { type: "rect", x0: x, x1: x + side, y0: y, y1: y + side, line, layer: "above" };
}
