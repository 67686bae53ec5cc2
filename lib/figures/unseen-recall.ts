import type { Data } from "plotly.js";
import { chanceInterval, type RecallCurve, recallAt } from "../discovery/recall-curve.js";
import { median } from "../median.js";
import { band } from "./band.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { namedLines } from "./named-lines.js";
import { positions } from "./recall-curve-figure.js";
import { redrawable } from "./redraw.js";
import { ink, palette, widths } from "./theme.js";

export interface UnseenRecallOptions extends FigureText {
  /** A search's ranking of the objects it never had labelled; left out, the median of `others` is the line. */
  search?: RecallCurve;
  /** The same of searches begun otherwise or among other objects: the band from the lowest to the highest of them. */
  others?: readonly RecallCurve[];
  /** What is being looked for; default "mergers". */
  what?: string;
  width?: number;
}

type Line = Pick<RecallCurve, "found" | "total">;

/**
 * Fig. 8 without the labels that the search was given: the share found of the true ones never labelled, against
 * chance. Two bands: other searches, and what 95 % of random orders find (hypergeometric).
 */
export const unseenRecall = redrawable((options: UnseenRecallOptions): Figure => {
  const { search, others = [], what = "mergers", width = widths.column } = options;
  const one = search ?? others[0];
  const n = one?.found.length;
  if (!one?.total || others.some((o) => o.found.length !== n || !o.total))
    throw new Error(
      `The figure "${options.title}" needs ${what} among the unlabelled, and rankings as long.`,
    );
  const at = positions(n);
  const x = at.map((i) => i + 1);
  const bands: Data[] = [];
  const share = (curve: Line) => x.map((k) => recallAt(curve as RecallCurve, k));
  const chance = x.map((k) => chanceInterval(one, k));
  const of = (bound: "low" | "high") => chance.map((c) => c[bound] / one.total);
  bands.push(band(x, of("low"), of("high"), palette[3]));
  const each = others.map(share);
  const over = (pick: (values: number[]) => number) => x.map((_, i) => pick(each.map((y) => y[i])));
  if (others.length) {
    const low = over((y) => Math.min(...y));
    const high = over((y) => Math.max(...y));
    bands.push(band(x, low, high, palette[0]));
  }
  const { data, legend, add: line } = namedLines(x);
  const beside = others.length ? ` (band: ${others.length} other beginnings)` : "";
  if (search) line(`the search${beside}`, share(search), palette[0], "solid");
  else line(`median of ${others.length} searches (band: all)`, over(median), palette[0], "solid");
  line(
    "chance (band: 95 % of orders)",
    chance.map((c) => c.mean / one.total),
    palette[3],
    "dash",
    2,
  );
  line("perfect", share({ found: one.perfect, total: one.total }), ink.text, "dot", 2);
  return {
    data: [...bands, ...data],
    layout: {
      ...frame({ ...options, width, height: Math.round(width * 0.96), legend }),
      xaxis: axis("Position among those never labelled (objects)", width, { rangemode: "tozero" }),
      yaxis: axis(`${what[0].toUpperCase()}${what.slice(1)} found (fraction)`, width, { range: [0, 1.02] }),
    },
  };
});
