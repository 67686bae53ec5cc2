import type { ConfusionMatrix } from "../models/confusion-matrix.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { textSize, widths } from "./theme.js";

export interface ConfusionFigureOptions extends FigureText {
  /** As `knnAccuracy` and the model's `confusionMatrix` give it. */
  confusion: ConfusionMatrix;
  /** The classes in the order of rows and columns; default that of `confusion`. */
  classes?: readonly string[];
  width?: number;
}

/** Which class is taken for which: counts, shaded by the share of the true class. */
export const confusionFigure = redrawable((options: ConfusionFigureOptions): Figure => {
  const { confusion, width = widths.column } = options;
  const labels = confusion.labels.map(String);
  const classes = options.classes ?? labels;
  if (classes.length !== labels.length || labels.some((label) => !classes.includes(label)))
    throw new Error(
      `The figure "${options.title}" is of ${labels.join(", ")}, not of ${classes.join(", ")}: name each class once.`,
    );
  const { data, shape } = confusion.counts;
  const place = classes.map((c) => labels.indexOf(c));
  const counts = place.map((t) => place.map((p) => data[t * shape[1] + p]));
  const size = textSize(width);
  const share = counts.map((row) => {
    const sum = row.reduce((s, v) => s + v, 0);
    return row.map((v) => (sum ? Math.round((1000 * v) / sum) / 1000 : 0));
  });
  const longest = Math.max(...classes.map((c) => c.length));
  const left = Math.round(longest * size * 0.58 + size * 2.6);
  const height = Math.round(width - left + 60 + size * 5);
  return {
    data: [
      {
        type: "heatmap",
        x: [...classes],
        y: [...classes],
        z: share,
        zmin: 0,
        zmax: 1,
        colorscale: [
          [0, "#ffffff"],
          [1, "#0072B2"],
        ],
        showscale: false,
        hovertemplate: "true %{y}, taken for %{x}: %{z:.1%}<extra></extra>",
      },
    ],
    layout: {
      ...frame({ ...options, width, height, left }),
      xaxis: axis("Taken for (class)", width, { ticks: "", showgrid: false, tickangle: 0 }),
      yaxis: axis("True (class)", width, { autorange: "reversed", ticks: "", showgrid: false }),
      annotations: counts.flatMap((row, t) =>
        row.map((v, p) => ({
          x: classes[p],
          y: classes[t],
          text: `${v}<br>${(100 * share[t][p]).toFixed(1)}%`,
          showarrow: false,
          // Dark words read better on all but the deepest blue.
          font: { size, color: share[t][p] > 0.87 ? "#ffffff" : "#1a1a1a" },
        })),
      ),
    },
  };
});
