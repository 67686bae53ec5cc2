import type { Data, Layout, LayoutAxis } from "plotly.js";
import { ink, textSize } from "./theme.js";

/** A plotly figure as plain data: what every builder here returns and `show` displays. Nothing in it is a handle. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
}

/** What every figure says about itself. */
export interface FigureText {
  title: string;
  /** A second, smaller line: the data, the seed, what was left out. */
  subtitle?: string;
}

export interface FrameOptions extends FigureText {
  /** Pixels; 480 prints as one column (8 cm), 720 as a page's width. */
  width: number;
  height: number;
  /** Entries of the legend under the plot, in order; none, no legend. */
  legend?: readonly string[];
  /** What the legend's entries are; default lines. */
  legendOf?: "points" | "lines";
  /** Pixels kept left of the plot for tick labels and the axis title. */
  left?: number;
  right?: number;
  /** Pixels kept under the plot for tick labels and the axis title, without the legend. */
  bottom?: number;
}

/**
 * The frame around a plot: white ground, title wrapped to the width, legend under the axis. All sizes are worked
 * out here from the number of lines, so that nothing overlaps at any width and no renderer has to guess.
 */
export function frame(options: FrameOptions): Partial<Layout> {
  const { width, height } = options;
  const size = textSize(width);
  const titleLines = balanced(options.title, width - 24, size * 1.12);
  const subtitleLines = options.subtitle ? balanced(options.subtitle, width - 24, size * 0.86) : [];
  const lineHeight = size * 1.12 * 1.3;
  const top = Math.round(16 + (titleLines.length + subtitleLines.length) * lineHeight + 4);
  const axisRoom = options.bottom ?? Math.round(size * 3.6);
  const left = options.left ?? Math.round(size * 4.8);
  const right = options.right ?? Math.round(size * 0.9);
  const rows = legendRows(options.legend ?? [], width - left - right, size);
  const bottom = Math.round(axisRoom + (rows ? rows * size * 1.5 + 6 : 0));
  const plotHeight = height - top - bottom;
  const subtitle = subtitleLines.map(
    (line) => `<span style="font-size:${Math.round(size * 0.86)}px;color:${ink.soft}">${line}</span>`,
  );
  const lines = [...titleLines.map((line) => `<b>${line}</b>`), ...subtitle];
  return {
    width,
    height,
    autosize: false,
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    font: { family: "DejaVu Sans, Verdana, Arial, sans-serif", size, color: ink.text },
    title: {
      text: lines.join("<br>"),
      font: { size: Math.round(size * 1.12) },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      // plotly forgets the first line's ascent when a title has several lines.
      pad: { t: lines.length > 1 ? Math.round(12 + size * 0.78) : 12, l: 12, r: 12, b: 0 },
    },
    margin: { t: top, b: bottom, l: left, r: right, pad: 0 },
    showlegend: rows > 0,
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: -axisRoom / plotHeight,
      yanchor: "top",
      font: { size: Math.round(size * 0.9) },
      bgcolor: "rgba(255,255,255,0)",
      // Entries in columns, as `legendRows` counts them, also where a group has several traces.
      traceorder: "normal",
      // Points are drawn larger here than on the plot; lines keep their dashes.
      itemsizing: options.legendOf === "points" ? "constant" : "trace",
    },
    hovermode: "closest",
  };
}

/** An axis with a line, outside ticks and a light grid; `title` carries the unit. */
export function axis(title: string, width: number, more: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  const size = textSize(width);
  return {
    title: { text: title, font: { size }, standoff: Math.round(size * 0.5) },
    tickfont: { size: Math.round(size * 0.9) },
    showline: true,
    linecolor: ink.line,
    ticks: "outside",
    tickcolor: ink.line,
    gridcolor: ink.grid,
    zeroline: false,
    ...more,
  };
}

/** An axis that only places things: no line, no ticks, no words. */
export function blankAxis(range: [number, number], more: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  return { visible: false, range, fixedrange: true, ...more };
}

/** A colour bar with its title along the side, where it cannot run into the plot's title. */
export function colorBar(name: string, width: number) {
  const size = Math.round(textSize(width) * 0.9);
  return {
    title: { text: name, side: "right" as const, font: { size } },
    tickfont: { size },
    thickness: 14,
    nticks: 6,
    outlinewidth: 0,
    xpad: 6,
  };
}

/** Coordinates as plain numbers with three decimals: a figure lives inside a notebook file and must stay small. */
export function round3(values: ArrayLike<number>): number[] {
  return Array.from(values, (v) => Math.round(v * 1000) / 1000);
}

/** Breaks text into lines that fit `room` pixels at `size`; the width of a letter is taken as 0.6 of its size. */
export function wrap(text: string, room: number, size: number): string[] {
  const limit = Math.max(8, Math.floor(room / (size * 0.6)));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  if (line) lines.push(line);
  return lines;
}

/** As few lines as `wrap` needs, of nearly equal length: no word is left alone on the last. */
export function balanced(text: string, room: number, size: number): string[] {
  const fewest = wrap(text, room, size);
  let best = fewest;
  for (let narrow = room - size; ; narrow -= size) {
    const lines = wrap(text, narrow, size);
    if (lines.length > fewest.length || best.length === 1 || narrow < 8 * size) return best;
    best = lines;
  }
}

/** How many rows plotly's horizontal legend will take in `room` pixels: it gives each entry the widest one's room. */
export function legendRows(names: readonly string[], room: number, size: number): number {
  if (!names.length) return 0;
  const entry = Math.max(...names.map((name) => name.length)) * size * 0.9 * 0.6 + 48;
  return Math.ceil(names.length / Math.max(1, Math.floor(room / entry)));
}
