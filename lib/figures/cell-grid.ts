import type { Annotations, Data, Layout, Shape } from "plotly.js";
import { ink, marked, textSize } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

/** One image of a montage, as `thumbnails` makes them; the rest is drawn if given. */
export interface MontageImage extends NamedThumbnail {
  /** Under the image. */
  caption?: string;
  /** In the image's upper left corner, on a dark ground. */
  corner?: string;
  /** Draws a frame: the source of a search, the object meant. */
  highlight?: boolean;
}

/** Pixels that a letter of a caption takes in a figure of this width. */
export const captionLetter = (width: number) => textSize(width) * 0.88 * 0.58;

/** Pixels the row labels need; a label may have lines, as plotly writes them: `<br>`. */
export function labelRoom(rowLabels: readonly string[], width: number): number {
  const letters = rowLabels.flatMap((label) => label.split("<br>")).map((line) => line.length);
  return Math.round(Math.max(...letters) * textSize(width) * 0.6 + 22);
}

export interface CellGrid {
  hover: Data;
  images: NonNullable<Layout["images"]>[number][];
  shapes: Partial<Shape>[];
  annotations: Partial<Annotations>[];
  /** Pixels, which are the y axis' units; y grows downwards. */
  height: number;
}

/** The parts of a grid `width` pixels wide, to be put on a pair of blank axes whose units are pixels. */
export function cellGrid(options: {
  images: readonly (MontageImage | null)[];
  columns: number;
  rowLabels?: readonly string[];
  width: number;
  /** Of ordinary text. */
  size: number;
  axes?: { x: string; y: string };
}): CellGrid {
  const { images, columns, rowLabels, width, size, axes = { x: "x", y: "y" } } = options;
  const cell = width / columns;
  const gap = 3;
  const captionRoom = images.some((image) => image?.caption) ? Math.round(size * 1.5) : 0;
  const rowHeight = cell + captionRoom;
  const on = { xref: axes.x, yref: axes.y } as { xref: "x"; yref: "y" };
  const grid: CellGrid = {
    hover: {},
    images: [],
    shapes: [],
    annotations: [],
    height: Math.ceil(images.length / columns) * rowHeight,
  };
  const hover: { x: number; y: number; id: string }[] = [];
  images.forEach((image, i) => {
    if (!image) return;
    const x = round1((i % columns) * cell + gap);
    const y = round1(Math.floor(i / columns) * rowHeight + gap);
    const side = round1(cell - 2 * gap);
    const middle = round1(x + side / 2);
    const from = { ...on, x, y, sizex: side, sizey: side, xanchor: "left", yanchor: "top" } as const;
    grid.images.push({ source: image.src, ...from, sizing: "contain", layer: "above" } as never);
    hover.push({ x: middle, y: round1(y + side / 2), id: image.id });
    if (image.highlight) {
      const line = { color: marked, width: 4 };
      grid.shapes.push({
        type: "rect",
        ...on,
        x0: x,
        x1: x + side,
        y0: y,
        y1: y + side,
        line,
        layer: "above",
      });
    }
    if (image.caption) {
      const font = { size: Math.round(size * 0.88), color: ink.text };
      const at = { x: middle, y: Math.round(y + side + captionRoom / 2) };
      grid.annotations.push({ text: image.caption, ...on, ...at, showarrow: false, font });
    }
    if (image.corner) {
      const font = { size: Math.round(size * 0.82), color: "#ffffff" };
      const at = { x: x + 2, y: y + 2, xanchor: "left", yanchor: "top" } as const;
      const ground = { bgcolor: "rgba(0,0,0,0.6)", borderpad: 2 };
      grid.annotations.push({ text: image.corner, ...on, ...at, showarrow: false, font, ...ground });
    }
  });
  rowLabels?.forEach((text, r) => {
    // Outside the axis' range, where plotly would hide an annotation placed by x: hence the shift.
    const at = { x: 0, xanchor: "right", xshift: -8, y: round1(r * rowHeight + cell / 2) } as const;
    grid.annotations.push({ text, ...on, ...at, showarrow: false, font: { size, color: ink.text } });
  });
  grid.hover = {
    type: "scatter",
    mode: "markers",
    x: hover.map((h) => h.x),
    y: hover.map((h) => h.y),
    text: hover.map((h) => h.id),
    hoverinfo: "text",
    // plotly's images cannot be hovered themselves
    marker: { size: Math.round(cell * 0.8), opacity: 0 },
    showlegend: false,
    xaxis: axes.x,
    yaxis: axes.y,
  };
  return grid;
}

export function round1(v: number): number {
  return Math.round(v * 10) / 10;
}
