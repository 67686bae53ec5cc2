import type { Data, Shape } from "plotly.js";
import { cellGrid } from "./cell-grid.js";
import { balanced, blankAxis, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { marked, textSize, widths } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

/** What preprocessing did to one image; lengths in pixels of the original. */
export interface PreprocessingExample {
  original: NamedThumbnail;
  /** Pixels above the threshold, white on black. */
  mask: NamedThumbnail;
  /** What the network sees. */
  crop: NamedThumbnail;
  size: { width: number; height: number };
  /** The outer contour that holds the centre, x and y in turn; null where there is none. */
  contour: { points: ArrayLike<number> } | null;
  /** The enlarged box; null where the original was kept. */
  box: { x: number; y: number; width: number; height: number } | null;
}

export interface PreprocessingStepsOptions extends FigureText {
  examples: readonly PreprocessingExample[];
  width?: number;
}

/** Section 2.1 step by step: image, mask, contour and enlarged box, crop; one row an example. */
export const preprocessingSteps = redrawable((options: PreprocessingStepsOptions): Figure => {
  const { examples, width = widths.page } = options;
  const steps = ["image", "above the threshold", "contour and box", "crop"];
  const images = examples.flatMap((e) => [e.original, e.mask, e.original, e.crop]);
  const size = textSize(width);
  const gridWidth = width - 20;
  const grid = cellGrid({ images, columns: 4, width: gridWidth, size });
  const outer = frame({ ...options, width, height: 1000, left: 10, right: 10, bottom: 8 });
  const cell = gridWidth / 4;
  const words = steps.map((text) => balanced(text, cell, size * 0.82));
  outer.margin!.t! += Math.round(size * (0.5 + 1.1 * Math.max(...words.map((lines) => lines.length))));
  const data: Data[] = [grid.hover];
  const shapes: Partial<Shape>[] = [];
  examples.forEach((e, r) => {
    // The picture fills its cell as "contain" does: the longer side decides.
    const scale = (cell - 6) / Math.max(e.size.width, e.size.height);
    const x0 = 2 * cell + 3 + (cell - 6 - e.size.width * scale) / 2;
    const y0 = r * cell + 3 + (cell - 6 - e.size.height * scale) / 2;
    if (e.contour) {
      const placed = Array.from(e.contour.points, (v, i) => {
        return Math.round(((i % 2 ? y0 : x0) + (v + 0.5) * scale) * 10) / 10;
      });
      const [x, y] = [0, 1].map((odd) => placed.filter((_, i) => i % 2 === odd));
      shapes.push({
        type: "path",
        xref: "x",
        yref: "y",
        path: `M${x.map((v, i) => `${v},${y[i]}`).join("L")}Z`,
        line: { color: "#56B4E9", width: 2 },
        layer: "above",
      });
    }
    if (e.box) {
      const { x, y, width: w, height: h } = e.box;
      const at = {
        x0: x0 + x * scale,
        x1: x0 + (x + w) * scale,
        y0: y0 + y * scale,
        y1: y0 + (y + h) * scale,
      };
      shapes.push({
        type: "rect",
        xref: "x",
        yref: "y",
        ...at,
        line: { color: marked, width: 2.5, dash: "dash" },
        layer: "above",
      });
    }
  });
  return {
    data,
    layout: {
      ...outer,
      height: Math.round(outer.margin!.t! + grid.height + 8),
      xaxis: blankAxis([0, gridWidth]),
      yaxis: blankAxis([grid.height, 0]),
      images: grid.images,
      shapes,
      annotations: words.map((lines, c) => ({
        text: lines.join("<br>"),
        x: (c + 0.5) * cell,
        y: 1,
        xref: "x",
        yref: "paper",
        yanchor: "bottom",
        showarrow: false,
        font: { size: Math.round(size * 0.82) },
      })),
    },
  };
});
