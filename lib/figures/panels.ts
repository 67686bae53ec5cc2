import type { Annotations } from "plotly.js";
import { ink } from "./theme.js";

/** Where one of several plots stands, in fractions of the plot area, and what plotly calls its axes. */
export interface Panel {
  /** "x", "x2", ... for traces. */
  x: string;
  y: string;
  /** "xaxis", "xaxis2", ... for the layout. */
  xaxis: "xaxis" | `xaxis${number}`;
  yaxis: "yaxis" | `yaxis${number}`;
  xDomain: [number, number];
  yDomain: [number, number];
}

/** Equal panels in rows, gaps in pixels. `plot` is the area inside the margins. */
export function panelGrid(options: {
  count: number;
  columns: number;
  plot: { width: number; height: number };
  gap: { x: number; y: number };
}): Panel[] {
  const { count, columns, plot, gap } = options;
  const rows = Math.ceil(count / columns);
  const gx = gap.x / plot.width;
  const gy = gap.y / plot.height;
  const w = (1 - gx * (columns - 1)) / columns;
  const h = (1 - gy * (rows - 1)) / rows;
  const round = (v: number) => Math.round(Math.min(1, Math.max(0, v)) * 1e5) / 1e5;
  return Array.from({ length: count }, (_, i) => {
    const x0 = (i % columns) * (w + gx);
    const y1 = 1 - Math.floor(i / columns) * (h + gy);
    const n = i ? `${i + 1}` : "";
    return {
      x: `x${n}`,
      y: `y${n}`,
      xaxis: `xaxis${n}` as Panel["xaxis"],
      yaxis: `yaxis${n}` as Panel["yaxis"],
      xDomain: [round(x0), round(x0 + w)],
      yDomain: [round(y1 - h), round(y1)],
    };
  });
}

/** A panel's own title, above its upper edge. */
export function panelTitle(panel: Panel, text: string, size: number): Partial<Annotations> {
  const at = { x: (panel.xDomain[0] + panel.xDomain[1]) / 2, y: panel.yDomain[1] };
  const font = { size, color: ink.text };
  return {
    text,
    ...at,
    xref: "paper",
    yref: "paper",
    xanchor: "center",
    yanchor: "bottom",
    showarrow: false,
    font,
  };
}
