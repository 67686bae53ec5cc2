import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { redrawable } from "./redraw.js";
import { palette, widths } from "./theme.js";

export interface TrainingLossOptions extends FigureText {
  /** Mean loss of each epoch, one series a run. */
  runs: readonly { name: string; epoch: ArrayLike<number>; loss: ArrayLike<number> }[];
  width?: number;
}

const dashes = ["solid", "dash", "dot", "dashdot"] as const;

/** BYOL's loss against epoch: the mean of (2 - 2 cos) over both directions, between 0 and 8. */
export const trainingLoss = redrawable((options: TrainingLossOptions): Figure => {
  const { runs, width = widths.column } = options;
  return {
    data: runs.map((run, k) => ({
      type: "scatter",
      mode: run.epoch.length > 1 ? "lines+markers" : "markers",
      x: Array.from(run.epoch),
      y: round3(run.loss),
      name: run.name,
      line: { color: palette[k % palette.length], width: 2.5, dash: dashes[k % dashes.length] },
      marker: { size: 6, color: palette[k % palette.length] },
    })),
    layout: {
      ...frame({ ...options, width, height: Math.round(width * 0.85), legend: runs.map((r) => r.name) }),
      xaxis: axis("Epoch (number)", width),
      yaxis: axis("BYOL loss (no unit, 0 to 8)", width),
    },
  };
});
