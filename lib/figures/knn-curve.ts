import type { Data } from "plotly.js";
import { band, bandOpacity } from "./band.js";
import { axis, type Figure, type FigureText, frame, legendRows, round3 } from "./figure.js";
import { redrawable } from "./redraw.js";
import { dashes, ink, palette, textSize, translucent, widths } from "./theme.js";

/** One start of the weights, and its training as it was reported. */
export interface KnnSeries {
  name: string;
  /** Mean and standard deviation of the accuracy over the random splits; an epoch without one is passed over. */
  epochs: readonly { epoch: number; knn: { mean: number; std: number } | null }[];
}

export interface KnnCurveOptions extends FigureText {
  series: readonly KnnSeries[];
  width?: number;
  height?: number;
}

/** Figs. 3 and 14: KNN accuracy against epoch, one line per start of the weights, its envelope one standard deviation. */
export const knnCurve = redrawable((options: KnnCurveOptions): Figure => {
  const { series, width = widths.column } = options;
  if (!series.length) throw new Error(`The figure "${options.title}" has no series.`);
  const data: Data[] = [];
  series.forEach((s, k) => {
    const measured = s.epochs.flatMap(({ epoch, knn }) => (knn ? [{ epoch, ...knn }] : []));
    if (!measured.length) throw new Error(`KNN series "${s.name}": none of its epochs has an accuracy.`);
    const color = palette[k % palette.length];
    const epochs = measured.map((e) => e.epoch);
    const low = measured.map((e) => e.mean - e.std);
    const high = measured.map((e) => e.mean + e.std);
    data.push(band(epochs, low, high, color));
    data.push({
      type: "scatter",
      mode: epochs.length > 1 ? "lines" : "markers",
      x: epochs,
      y: round3(measured.map((e) => e.mean)),
      name: s.name,
      line: { color, width: 2.5, dash: dashes[k % dashes.length] },
      marker: { color, size: 9 },
    });
  });
  const envelope = "band: ± 1 std over the splits";
  data.push({
    type: "scatter",
    mode: "markers",
    x: [null],
    y: [null],
    name: envelope,
    marker: { symbol: "square", size: 12, color: translucent(ink.text, bandOpacity) },
    hoverinfo: "skip",
  });
  const legend = [...series.map((s) => s.name), envelope];
  // A legend of many rows must not take the plot's own room.
  const rows = legendRows(legend, width * 0.8, textSize(width));
  const height = options.height ?? Math.round(width * 0.85 + Math.max(0, rows - 1) * 1.5 * textSize(width));
  return {
    data,
    layout: {
      ...frame({ ...options, width, height, legend }),
      xaxis: axis("Epoch (number)", width, { rangemode: "tozero" }),
      yaxis: axis("KNN accuracy (fraction correct)", width),
    },
  };
});
