import type { LayoutAxis } from "plotly.js";
import { pcaDefaults } from "../models/pca.js";
import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { redrawable } from "./redraw.js";
import { ink, palette, widths } from "./theme.js";

/** A logarithmic axis with words at 1, 10, 100 only: plotly writes those between them too small to be read in print. */
const decades: Partial<LayoutAxis> = {
  type: "log",
  dtick: 1,
  minor: { dtick: "D1", showgrid: true, gridcolor: ink.grid },
};

export interface PcaVarianceOptions extends FigureText {
  /** Fraction of the variance each component explains, all components. */
  explainedVarianceRatio: ArrayLike<number>;
  /** The share kept; default the paper's. */
  variance?: number;
  width?: number;
}

/** Section 4.2: cumulated variance against the number of components, and where the kept share is reached. */
export const pcaVariance = redrawable((options: PcaVarianceOptions): Figure => {
  const { explainedVarianceRatio: ratio, variance = pcaDefaults.variance, width = widths.column } = options;
  const cumulated = new Float64Array(ratio.length);
  for (let i = 0, sum = 0; i < ratio.length; i++) cumulated[i] = sum += ratio[i];
  const kept = cumulated.findIndex((v) => v >= variance - 1e-12) + 1;
  const x = Array.from(ratio, (_, i) => i + 1);
  const name = kept ? `${100 * variance}% at ${kept} components` : `${100 * variance}% is not reached`;
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        x,
        y: round3(cumulated),
        name: "cumulated",
        line: { color: palette[0], width: 2.5 },
      },
      {
        type: "scatter",
        mode: "lines",
        x: kept ? [kept, kept, 1] : [1, ratio.length],
        y: kept ? [0, variance, variance] : [variance, variance],
        name,
        line: { color: ink.text, width: 2, dash: "dash" },
      },
    ],
    layout: {
      ...frame({ ...options, width, height: Math.round(width * 0.85), legend: ["cumulated", name] }),
      xaxis: axis("Principal components (number)", width, ratio.length > 60 ? decades : {}),
      yaxis: axis("Variance explained (fraction)", width, { range: [0, 1.03] }),
    },
  };
});
