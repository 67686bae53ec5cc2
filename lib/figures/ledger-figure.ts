import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { palette, symbols, widths } from "./theme.js";

export interface LedgerFigureOptions extends FigureText {
  /** The paper's results that were measured here. */
  rows: readonly { quantity: string; value: number; here: number; verdict: string }[];
  width?: number;
}

const verdicts = ["reproduced", "same direction", "differs"];

/** Section 9: every measured result as a ratio to the paper's, on a logarithmic scale; the line at 1 is the paper. */
export function ledgerFigure(options: LedgerFigureOptions): Figure {
  const { rows, width = widths.page } = options;
  const shown = rows.filter((r) => r.here > 0 && r.value > 0);
  if (!shown.length) throw new Error(`The figure "${options.title}" has no measured results to show.`);
  // A legend, an axis and their words take about 210 pixels; every row needs a line of text.
  const height = Math.round(210 + 32 * shown.length);
  const decades = shown.map((r) => Math.log10(r.here / r.value));
  const range = [Math.min(-0.1, ...decades) - 0.05, Math.max(0.1, ...decades) + 0.05];
  return {
    data: verdicts.map((verdict, v) => {
      const mine = shown.filter((r) => r.verdict === verdict);
      return {
        type: "scatter",
        mode: "markers",
        name: verdict,
        x: mine.map((r) => Math.round((1000 * r.here) / r.value) / 1000),
        y: mine.map((r) => r.quantity),
        marker: { color: palette[v], symbol: symbols[v], size: 11 },
        hovertemplate: "%{y}: %{x} of the paper's<extra></extra>",
      };
    }),
    layout: {
      ...frame({ ...options, width, height, legend: verdicts, left: Math.round(width * 0.5) }),
      xaxis: axis("Here / paper (ratio)", width, {
        type: "log",
        dtick: "D2",
        range: range.map((v) => Math.round(v * 1000) / 1000),
      }),
      yaxis: axis("", width, {
        type: "category",
        categoryorder: "array",
        categoryarray: [...new Set(shown.map((r) => r.quantity))].reverse(),
        automargin: true,
      }),
      shapes: [
        {
          type: "line",
          x0: 1,
          x1: 1,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { width: 1.5, dash: "dot", color: "#555555" },
        },
      ],
    },
  };
}
