import type { Annotations, Data, Layout, PlotData } from "plotly.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { type Panel, panelGrid } from "./panels.js";
import { redrawable } from "./redraw.js";
import { ink, palette, textSize, translucent, widths } from "./theme.js";
import { type ViolinShape, violinShape } from "./violin-shape.js";

export interface VoteViolinsOptions extends FigureText {
  /** One row of violins an answer. */
  panels: readonly {
    label: string;
    /** Vote fractions of each cluster's members; NaN is left out. The group "all" is drawn in grey. */
    groups: readonly Group[];
  }[];
  /** Fewest galaxies for an outline; below it only box and median are drawn (seaborn draws any). Default 10. */
  fewest?: number;
  width?: number;
}

interface Group {
  label: string;
  values: ArrayLike<number>;
}

type Gapped = (number | null)[];

/**
 * Fig. 7: distributions of vote fractions per cluster. The violins are drawn as filled outlines rather than by
 * plotly's own violin, whose bandwidth and scaling are others than seaborn's.
 */
export const voteViolins = redrawable((options: VoteViolinsOptions): Figure => {
  const { panels, fewest = 10, width = widths.page } = options;
  const size = textSize(width);
  const rowHeight = Math.round(size * 9.5);
  const outer = frame({ ...options, width, height: 1000 });
  const m = outer.margin!;
  m.t = m.t! + Math.round(size * 1.4);
  const gap = Math.round(size * 2);
  const plotHeight = panels.length * rowHeight + (panels.length - 1) * gap;
  const plot = { width: width - m.l! - m.r!, height: plotHeight };
  const grid = panelGrid({ count: panels.length, columns: 1, plot, gap: { x: 0, y: gap } });
  const violins = panels.map(({ groups }) => groups.map((g) => violinShape(g.values, fewest)));
  const fractions = sharedRange(violins.flat());
  // Numbers of galaxies stand upright over the violins, as large as may still be printed.
  const small = Math.max(Math.ceil(width * 0.0223), Math.round(size * 0.72));
  const digits = String(Math.max(...violins.flat().map((s) => s?.n ?? 0))).length;
  const over = ((digits * small * 0.62 + 4) / rowHeight) * (fractions[1] - fractions[0]) * 1.25;
  const range: [number, number] = [fractions[0], Math.round((fractions[1] + over) * 100) / 100];
  const axes: Partial<Layout>[] = panels.map(({ groups }, p) => ({
    [grid[p].xaxis]: axis(p === panels.length - 1 ? "Cluster (number)" : "", width, {
      domain: grid[p].xDomain,
      anchor: grid[p].y as "y",
      range: [-0.6, groups.length - 0.4],
      tickvals: groups.map((_, k) => k),
      ticktext: groups.map((g) => g.label),
      showticklabels: p === panels.length - 1,
      tickangle: 0,
      showgrid: false,
    }),
    [grid[p].yaxis]: axis("", width, {
      domain: grid[p].yDomain,
      anchor: grid[p].x as "x",
      range,
      tickvals: [0, 0.5, 1],
    }),
  }));
  const page = { xref: "paper", yref: "paper", showarrow: false } as const;
  const upright: Partial<Annotations> = {
    text: "Fraction of votes",
    x: 0,
    y: 0.5,
    ...page,
    xanchor: "center",
    yanchor: "middle",
    xshift: -Math.round(size * 3.6),
    textangle: "-90",
    font: { size, color: ink.text },
  };
  const annotations = panels.flatMap(({ label }, p): Partial<Annotations>[] => [
    ...numbers(violins[p], grid[p], range[1], small),
    {
      text: label,
      x: 0,
      y: grid[p].yDomain[1],
      ...page,
      xanchor: "left",
      yanchor: "bottom",
      font: { size: Math.round(size * 0.95), color: ink.text },
    },
  ]);
  return {
    data: panels.flatMap(({ groups }, p) => panelTraces(groups, violins[p], grid[p], size)),
    layout: {
      ...outer,
      height: m.t! + plotHeight + m.b!,
      ...Object.assign({}, ...axes),
      annotations: [...annotations, upright],
    },
  };
});

/** A panel's violins, then over them their whiskers, boxes and medians. */
function panelTraces(
  groups: readonly Group[],
  shapes: readonly (ViolinShape | null)[],
  panel: Panel,
  size: number,
): Data[] {
  const on = { type: "scatter", showlegend: false, xaxis: panel.x, yaxis: panel.y } as const;
  const filled = ([all, color]: [boolean, string]): Data[] => {
    const outline = bodies(shapes.map((s, k) => ((groups[k].label === "all") === all ? s : null)));
    if (!outline.x.length) return [];
    const line = { color, width: 1.2 };
    const fillcolor = translucent(color, 0.55);
    return [{ ...on, ...outline, mode: "lines", fill: "toself", fillcolor, line, hoverinfo: "skip" } as Data];
  };
  const strokes = (from: "low" | "q1", to: "high" | "q3", w: number): Data => ({
    ...on,
    ...bars(shapes, from, to),
    mode: "lines",
    line: { color: ink.text, width: w },
    hoverinfo: "skip",
  });
  const labels = groups.map((g) => g.label);
  return [
    ...filled([false, palette[5]]),
    ...filled([true, palette[9]]),
    strokes("low", "high", 1.2),
    strokes("q1", "q3", Math.max(4, Math.round(size * 0.38))),
    { ...on, ...medians(shapes, labels, size) },
  ];
}

/** How many galaxies each violin is of, upright at the panel's top. */
function numbers(
  shapes: readonly (ViolinShape | null)[],
  panel: Panel,
  top: number,
  size: number,
): Partial<Annotations>[] {
  return shapes.flatMap((s, k): Partial<Annotations>[] =>
    s
      ? [
          {
            text: `${s.n}`,
            x: k,
            y: top,
            xref: panel.x as "x",
            yref: panel.y as "y",
            xanchor: "center",
            yanchor: "top",
            textangle: "-90",
            showarrow: false,
            font: { size, color: ink.soft },
          },
        ]
      : [],
  );
}

/** One scale for all panels: fractions, and all of the tails that the kernel adds beyond 0 and 1. */
function sharedRange(shapes: readonly (ViolinShape | null)[]): [number, number] {
  const ends = shapes.flatMap((s) => (s?.grid.length ? [s.grid[0], s.grid[s.grid.length - 1]] : []));
  const round = (v: number) => Math.round(v * 100) / 100;
  return [round(Math.min(-0.1, ...ends) - 0.03), round(Math.max(1.1, ...ends) + 0.03)];
}

/** Closed outlines of the violins, centred on 0, 1, 2, ..., separated by gaps. */
function bodies(shapes: readonly (ViolinShape | null)[]): { x: Gapped; y: Gapped } {
  const x: Gapped = [];
  const y: Gapped = [];
  const round = (v: number) => Math.round(v * 1000) / 1000;
  shapes.forEach((s, k) => {
    if (!s?.grid.length) return;
    const right = s.halfWidth.map((w) => round(k + 0.42 * w));
    const left = s.halfWidth.map((w) => round(k - 0.42 * w));
    const up = s.grid.map(round);
    x.push(...right, ...left.reverse(), right[0], null);
    y.push(...up, ...up.slice().reverse(), up[0], null);
  });
  return { x, y };
}

/** A vertical stroke per violin between two of its numbers. */
function bars(
  shapes: readonly (ViolinShape | null)[],
  from: "low" | "q1",
  to: "high" | "q3",
): Partial<PlotData> {
  const x = shapes.flatMap((s, k) => (s ? [k, k, null] : []));
  const y = shapes.flatMap((s) => (s ? [s[from], s[to], null] : []));
  return { x, y: y.map((v) => (v === null ? v : Math.round(v * 1000) / 1000)) };
}

function medians(
  shapes: readonly (ViolinShape | null)[],
  labels: readonly string[],
  size: number,
): Partial<PlotData> {
  const shown = shapes.flatMap((s, k) => (s ? [{ s, k }] : []));
  return {
    mode: "markers",
    x: shown.map(({ k }) => k),
    y: shown.map(({ s }) => Math.round(s.median * 1000) / 1000),
    text: shown.map(({ s, k }) => `${labels[k]}: median ${s.median.toFixed(2)}, ${s.n} galaxies`),
    hoverinfo: "text",
    marker: {
      color: "#ffffff",
      size: Math.max(4, Math.round(size * 0.3)),
      line: { color: ink.text, width: 1 },
    },
  };
}
