import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { panelGrid } from "./panels.js";
import { redrawable } from "./redraw.js";
import { ink, palette, textSize, widths } from "./theme.js";

export interface CollapseMonitorOptions extends FigureText {
  /** The training as it was reported. */
  epochs: readonly {
    epoch: number;
    /** Mean standard deviation of the normalised embedding's components; 1/sqrt(d) when spread evenly, 0 on collapse. */
    embeddingStd: number;
    /** exp(entropy of the normalised singular values): how many directions are in use. */
    effectiveRank: number;
  }[];
  /** d of the embedding, to draw what an even spread would give. */
  dimensions?: number;
  width?: number;
}

/** Has the representation collapsed? Spread and effective rank of the embedding against epoch. */
export const collapseMonitor = redrawable((options: CollapseMonitorOptions): Figure => {
  const { epochs, width = widths.column, dimensions } = options;
  const height = Math.round(width * 1.15);
  const names = ["embedding std", "effective rank", ...(dimensions ? ["evenly spread"] : [])];
  const outer = frame({ ...options, width, height, legend: names });
  const m = outer.margin!;
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const [a, b] = panelGrid({ count: 2, columns: 1, plot, gap: { x: 0, y: textSize(width) * 1.6 } });
  const x = epochs.map((e) => e.epoch);
  const mode = x.length > 1 ? ("lines+markers" as const) : ("markers" as const);
  const even = dimensions ? 1 / Math.sqrt(dimensions) : 0;
  const evenLine = {
    type: "scatter" as const,
    mode: "lines" as const,
    x: [x[0], x[x.length - 1]],
    y: round3([even, even]),
    name: "evenly spread",
    line: { color: ink.text, dash: "dash" as const, width: 2 },
  };
  return {
    data: [
      {
        type: "scatter",
        mode,
        x,
        y: round3(epochs.map((e) => e.embeddingStd)),
        name: names[0],
        line: { color: palette[0] },
      },
      {
        type: "scatter",
        mode,
        x,
        y: round3(epochs.map((e) => e.effectiveRank)),
        name: names[1],
        xaxis: "x2",
        yaxis: "y2",
        line: { color: palette[3], dash: "dot" },
        marker: { symbol: "square" },
      },
      ...(dimensions ? [evenLine] : []),
    ],
    layout: {
      ...outer,
      xaxis: axis("", width, { domain: a.xDomain, anchor: "y", showticklabels: false, matches: "x2" }),
      yaxis: axis("Std (no unit)", width, { domain: a.yDomain, anchor: "x", rangemode: "tozero" }),
      xaxis2: axis("Epoch (number)", width, { domain: b.xDomain, anchor: "y2" }),
      yaxis2: axis("Rank (directions)", width, { domain: b.yDomain, anchor: "x2", rangemode: "tozero" }),
    },
  };
});
