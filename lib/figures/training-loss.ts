import { axis, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { redrawable } from "./redraw.js";
import { dashes, palette, widths } from "./theme.js";

export interface TrainingLossOptions extends FigureText {
  /** The epochs of each run as they were reported; one without a loss, before training, is passed over. */
  runs: readonly { name: string; epochs: readonly { epoch: number; loss: number | null }[] }[];
  width?: number;
}

/** BYOL's loss against epoch: the sum of 2 - 2 cos over both directions, averaged over the images; 0 to 8. */
export const trainingLoss = redrawable((options: TrainingLossOptions): Figure => {
  const { runs, width = widths.column } = options;
  const trained = runs.map(({ name, epochs }) => ({ name, epochs: epochs.filter((e) => e.loss !== null) }));
  return {
    data: trained.map((run, k) => ({
      type: "scatter",
      mode: run.epochs.length > 1 ? "lines+markers" : "markers",
      x: run.epochs.map((e) => e.epoch),
      y: round3(run.epochs.map((e) => e.loss!)),
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
