import type { Spread } from "../nn/collapse.js";
import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { panelGrid } from "./panels.js";
import { redrawable } from "./redraw.js";
import { palette, textSize, widths } from "./theme.js";

export interface CollapseMonitorOptions extends FigureText {
  /** The training as it was reported. */
  epochs: readonly ({ epoch: number } & Spread)[];
  width?: number;
}

/** Has the representation collapsed? Spread and effective rank of the embedding (nn/collapse.ts) against epoch. */
export const collapseMonitor = redrawable((options: CollapseMonitorOptions): Figure => {
  const { epochs, width = widths.column } = options;
  const height = Math.round(width * 1.15);
  const names = ["embedding std", "effective rank"];
  const outer = frame({ ...options, width, height, legend: names });
  const m = outer.margin!;
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const [a, b] = panelGrid({ count: 2, columns: 1, plot, gap: { x: 0, y: textSize(width) * 1.6 } });
  const x = epochs.map((e) => e.epoch);
  const mode = x.length > 1 ? ("lines+markers" as const) : ("markers" as const);
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
