import type { Annotations, Data, Layout, PlotData } from "plotly.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { panelGrid } from "./panels.js";
import { redrawable } from "./redraw.js";
import { ink, palette, textSize, translucent, widths } from "./theme.js";
import { type ViolinShape, violinShape } from "./violin-shape.js";

export interface VoteViolinsOptions extends FigureText {
  /** One row of violins an answer. */
  panels: readonly {
    label: string;
    /** Vote fractions of each cluster's members; NaN is left out. The group "all" is drawn in grey. */
    groups: readonly { label: string; values: ArrayLike<number> }[];
  }[];
  /** Fewest galaxies for an outline; below it only box and median are drawn (seaborn draws any). Default 10. */
  fewest?: number;
  width?: number;
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
  const data: Data[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Partial<Annotations>[] = [];
  const violins = panels.map(({ groups }) => groups.map((g) => violinShape(g.values, fewest)));
  const fractions = sharedRange(violins.flat());
  // Numbers of galaxies stand upright over the violins, as large as may still be printed.
  const small = Math.max(Math.ceil(width * 0.0223), Math.round(size * 0.72));
  const digits = String(Math.max(...violins.flat().map((s) => s?.n ?? 0))).length;
  const over = ((digits * small * 0.62 + 4) / rowHeight) * (fractions[1] - fractions[0]) * 1.25;
  const range: [number, number] = [fractions[0], Math.round((fractions[1] + over) * 100) / 100];
  panels.forEach(({ label, groups }, p) => {
    const panel = grid[p];
    const shapes = violins[p];
    const on = { xaxis: panel.x, yaxis: panel.y };
    const isAll = groups.map((g) => g.label === "all");
    const draw = (trace: Partial<PlotData>) =>
      data.push({ type: "scatter", showlegend: false, ...on, ...trace });
    for (const [all, color] of [
      [false, palette[5]],
      [true, palette[9]],
    ] as const) {
      const outline = bodies(shapes.map((s, k) => (isAll[k] === all ? s : null)));
      const line = { color, width: 1.2 };
      const fillcolor = translucent(color, 0.55);
      if (outline.x.length)
        draw({
          ...outline,
          mode: "lines",
          fill: "toself",
          fillcolor,
          line,
          hoverinfo: "skip",
        } as Partial<PlotData>);
    }
    const strokes = (from: "low" | "q1", to: "high" | "q3", w: number) =>
      draw({
        ...bars(shapes, from, to),
        mode: "lines",
        line: { color: ink.text, width: w },
        hoverinfo: "skip",
      });
    strokes("low", "high", 1.2);
    strokes("q1", "q3", Math.max(4, Math.round(size * 0.38)));
    draw(
      medians(
        shapes,
        groups.map((g) => g.label),
        size,
      ),
    );
    for (const [k, s] of shapes.entries())
      if (s)
        annotations.push({
          text: `${s.n}`,
          x: k,
          y: range[1],
          xref: panel.x as "x",
          yref: panel.y as "y",
          xanchor: "center",
          yanchor: "top",
          textangle: "-90",
          showarrow: false,
          font: { size: small, color: ink.soft },
        });
    const last = p === panels.length - 1;
    axes[panel.xaxis] = axis(last ? "Cluster (number)" : "", width, {
      domain: panel.xDomain,
      anchor: panel.y as "y",
      range: [-0.6, groups.length - 0.4],
      tickvals: groups.map((_, k) => k),
      ticktext: groups.map((g) => g.label),
      showticklabels: last,
      tickangle: 0,
      showgrid: false,
    });
    axes[panel.yaxis] = axis("", width, {
      domain: panel.yDomain,
      anchor: panel.x as "x",
      range,
      tickvals: [0, 0.5, 1],
    });
    const at = {
      x: 0,
      y: panel.yDomain[1],
      xref: "paper",
      yref: "paper",
      xanchor: "left",
      yanchor: "bottom",
    } as const;
    annotations.push({
      text: label,
      ...at,
      showarrow: false,
      font: { size: Math.round(size * 0.95), color: ink.text },
    });
  });
  annotations.push({
    text: "Fraction of votes",
    x: 0,
    y: 0.5,
    xref: "paper",
    yref: "paper",
    xanchor: "center",
    yanchor: "middle",
    xshift: -Math.round(size * 3.6),
    textangle: "-90",
    showarrow: false,
    font: { size, color: ink.text },
  });
  const height = m.t! + plotHeight + m.b!;
  return { data, layout: { ...outer, height, ...(axes as Partial<Layout>), annotations } };
});

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
