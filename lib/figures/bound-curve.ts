import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { palette, textSize, widths } from "./theme.js";

/** The lower bound after each iteration of a mixture's fit (section 6.1); it must never fall. */
export const boundCurve = redrawable(
  (options: FigureText & { bounds: readonly number[]; width?: number }): Figure => {
    const { bounds, width = widths.column } = options;
    if (!bounds.length) throw new Error(`The figure "${options.title}" has no iterations to show.`);
    return {
      data: [
        {
          type: "scatter",
          mode: bounds.length > 30 ? "lines" : "lines+markers",
          x: bounds.map((_, i) => i + 1),
          y: bounds.map((b) => Math.round(b * 10) / 10),
          line: { color: palette[0], width: 2.5 },
          marker: { color: palette[0], size: 6 },
          hovertemplate: "iteration %{x}<br>bound %{y}<extra></extra>",
        },
      ],
      layout: {
        // Sums over all objects have up to six letters, such as −12.5k.
        ...frame({
          ...options,
          width,
          height: Math.round(width * 0.7),
          left: Math.round(textSize(width) * 6.2),
        }),
        xaxis: axis("Iteration (number)", width),
        yaxis: axis("Lower bound (nats)", width),
      },
    };
  },
);
