import type { Data } from "plotly.js";
import { mean } from "../mean.js";
import { band } from "./band.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { namedLines } from "./named-lines.js";
import { redrawable } from "./redraw.js";
import { ink, palette, widths } from "./theme.js";

export interface RecallCurveFigureOptions extends FigureText {
  /** found[i], the true ones among the first i + 1 of the ranking; one curve per seed or variant. */
  curves: readonly { name: string; found: ArrayLike<number> }[];
  /** How many there are to be found. */
  total: number;
  /** What is being looked for; default "mergers". */
  what?: string;
  /** One mean line with a band from lowest to highest, instead of a line each: for seeds of one method. */
  band?: boolean;
  width?: number;
  height?: number;
}

/** Fig. 8: true ones found against position in the ranking, with a random order and perfect recall for reference. */
export const recallCurveFigure = redrawable((options: RecallCurveFigureOptions): Figure => {
  const { curves, total, what = "mergers", width = widths.column } = options;
  const n = curves[0]?.found.length ?? 0;
  if (!n || curves.some((c) => c.found.length !== n))
    throw new Error(`The figure "${options.title}" needs at least one curve, all over the same ranking.`);
  const at = positions(n);
  const x = at.map((i) => i + 1);
  const value = (found: ArrayLike<number>) => at.map((i) => found[i]);
  const bands: Data[] = [];
  const { data, legend, add: line } = namedLines(x);
  if (options.band && curves.length > 1) {
    const over = (pick: (all: number[]) => number) => at.map((i) => pick(curves.map((c) => c.found[i])));
    const low = over((all) => Math.min(...all));
    const high = over((all) => Math.max(...all));
    bands.push(band(x, low, high, palette[0]));
    const middle = over(mean);
    line(`mean of ${curves.length} searches (band: lowest to highest)`, middle, palette[0], "solid");
  } else for (const [k, c] of curves.entries()) line(c.name, value(c.found), palette[k % 10], "solid");
  line(
    "perfect",
    at.map((i) => Math.min(i + 1, total)),
    ink.text,
    "dot",
    2,
  );
  line(
    "random order",
    at.map((i) => ((i + 1) * total) / n),
    palette[3],
    "dash",
    2,
  );
  return {
    data: [...bands, ...data],
    layout: {
      ...frame({ ...options, width, height: options.height ?? Math.round(width * 0.92), legend }),
      xaxis: axis("Position in the ranking (objects)", width, { rangemode: "tozero" }),
      yaxis: axis(`${what[0].toUpperCase()}${what.slice(1)} found (number)`, width, { rangemode: "tozero" }),
    },
  };
});

/** At most 400 of the n positions: every one of the first hundred, then evenly spaced. */
export function positions(n: number): number[] {
  const at = new Set<number>();
  for (let i = 0; i < Math.min(n, 100); i++) at.add(i);
  for (let i = 0; i < 300; i++) at.add(Math.round((i * (n - 1)) / 299));
  return [...at].sort((a, b) => a - b);
}
