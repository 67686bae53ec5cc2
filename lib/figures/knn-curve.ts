import type { Data } from "plotly.js";
import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { redrawable } from "./redraw.js";
import { palette, translucent, widths } from "./theme.js";

/** Accuracy per epoch of one start: mean and standard deviation over the random splits. */
export interface KnnSeries {
  name: string;
  epoch: ArrayLike<number>;
  mean: ArrayLike<number>;
  std: ArrayLike<number>;
}

export interface KnnCurveOptions extends FigureText {
  series: readonly KnnSeries[];
  width?: number;
  height?: number;
}

const dashes = ["solid", "dash", "dot", "dashdot"] as const;

/** Figs. 3 and 14: KNN accuracy against epoch, one line per start of the weights, its envelope one standard deviation. */
export const knnCurve = redrawable((options: KnnCurveOptions): Figure => {
  const { series, width = widths.column } = options;
  if (!series.length) throw new Error(`The figure "${options.title}" has no series.`);
  const data: Data[] = [];
  series.forEach((s, k) => {
    if (s.mean.length !== s.epoch.length || s.std.length !== s.epoch.length)
      throw new Error(
        `KNN series "${s.name}": ${s.epoch.length} epochs, ${s.mean.length} means, ${s.std.length} stds.`,
      );
    const color = palette[k % palette.length];
    const epochs = Array.from(s.epoch);
    const high = round3(Float64Array.from(s.mean, (m, i) => m + s.std[i]));
    const low = round3(Float64Array.from(s.mean, (m, i) => m - s.std[i]));
    data.push({
      type: "scatter",
      mode: "lines",
      x: [...epochs, ...epochs.slice().reverse()],
      y: [...high, ...low.reverse()],
      fill: "toself",
      fillcolor: translucent(color, 0.22),
      line: { width: 0, color },
      hoverinfo: "skip",
      showlegend: false,
    });
    data.push({
      type: "scatter",
      mode: epochs.length > 1 ? "lines" : "markers",
      x: epochs,
      y: round3(s.mean),
      name: s.name,
      line: { color, width: 2.5, dash: dashes[k % dashes.length] },
      marker: { color, size: 9 },
    });
  });
  return {
    data,
    layout: {
      ...frame({
        ...options,
        width,
        height: options.height ?? Math.round(width * 0.85),
        legend: series.map((s) => s.name),
      }),
      xaxis: axis("Epoch (number)", width, { rangemode: "tozero" }),
      yaxis: axis("KNN accuracy (fraction correct)", width),
    },
  };
});
