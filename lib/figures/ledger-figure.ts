import { axis, balanced, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { ink, palette, symbols, textSize, widths } from "./theme.js";

export interface LedgerFigureOptions extends FigureText {
  /** Rows of the ledger; those that the paper states in numbers and that were measured here are drawn. */
  rows: readonly { quantity: string; value: number | null; here: number | null; verdict: string }[];
  width?: number;
}

const verdicts = ["reproduced", "within a factor of two", "differs"];

/** Every measured result as a ratio to the paper's, on a logarithmic scale; the line at 1 is the paper. */
export const ledgerFigure = redrawable((options: LedgerFigureOptions): Figure => {
  const { rows, width = widths.page } = options;
  const shown = rows.flatMap((r) => {
    const { here, value } = r;
    return here && value && here > 0 && value > 0 ? [{ ...r, here, value }] : [];
  });
  if (!shown.length) throw new Error(`The figure "${options.title}" has no measured results to show.`);
  const size = textSize(width);
  // Words take the left half, without what stands in brackets; what does not fit goes on a second line. The rows are
  // equally high, as high as the longest needs.
  const left = Math.round(width * 0.5);
  const label = (quantity: string) =>
    balanced(quantity.replace(/ \([^)]*\)$/, ""), left - 16, size * 0.9).join("<br>");
  const lines = Math.max(...shown.map((r) => label(r.quantity).split("<br>").length));
  // A legend, an axis and their words take about 210 pixels.
  const height = Math.round(210 + shown.length * size * (1.2 * lines + 0.5));
  const decades = shown.map((r) => Math.log10(r.here / r.value));
  const range = [Math.min(-0.4, ...decades) - 0.12, Math.max(0.4, ...decades) + 0.12];
  return {
    data: verdicts.map((verdict, v) => {
      const mine = shown.filter((r) => r.verdict === verdict);
      return {
        type: "scatter",
        mode: "markers",
        name: verdict,
        x: mine.map((r) => Math.round((1000 * r.here) / r.value) / 1000),
        y: mine.map((r) => label(r.quantity)),
        marker: { color: [palette[0], palette[1], palette[3]][v], symbol: symbols[v], size: 11 },
        hovertemplate: "%{y}: %{x} of the paper's<extra></extra>",
      };
    }),
    layout: {
      ...frame({ ...options, width, height, legend: verdicts, left }),
      xaxis: axis("Here / paper (ratio)", width, {
        type: "log",
        ...ratioTicks(range as [number, number]),
        minor: { dtick: "D1", showgrid: true, gridcolor: ink.grid },
        range: range.map((v) => Math.round(v * 1000) / 1000),
      }),
      yaxis: axis("", width, {
        type: "category",
        categoryorder: "array",
        categoryarray: [...new Set(shown.map((r) => label(r.quantity)))].reverse(),
      }),
      shapes: [
        {
          type: "line",
          x0: 1,
          x1: 1,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { width: 1.5, dash: "dot", color: ink.soft },
        },
      ],
    },
  };
});

/** 0.5, 1, 2 and their like where they have room beside each other, over wide ranges the powers of ten alone. */
function ratioTicks([low, high]: readonly [number, number]) {
  const steps = high - low > 3 ? [1] : high - low > 1.6 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(low); decade <= high; decade++)
    for (const step of steps) {
      const at = Number((step * 10 ** decade).toPrecision(1));
      if (Math.log10(at) >= low && Math.log10(at) <= high) ticks.push(at);
    }
  return { tickvals: ticks, ticktext: ticks.map(String) };
}
