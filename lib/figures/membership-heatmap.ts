import { axis, colorBar, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { sequential, widths } from "./theme.js";

export interface MembershipHeatmapOptions extends FigureText {
  /** Where the objects of each class went. */
  classes: readonly { name: string; n: number; clusters: readonly { cluster: number; share: number }[] }[];
  /** Every cluster, in the order of the columns. */
  clusters: readonly number[];
  /** Those left out as artefacts: a cross stands under their numbers. */
  leftOut?: readonly number[];
  width?: number;
}

/** Section 6.3 as a picture: the share of each class (rows) that was assigned to each cluster (columns). */
export const membershipHeatmap = redrawable((options: MembershipHeatmapOptions): Figure => {
  const { classes, clusters, leftOut = [], width = widths.page } = options;
  if (!classes.length || !clusters.length)
    throw new Error(`The figure "${options.title}" has no classes or no clusters to show.`);
  const z = classes.map(({ clusters: found }) =>
    clusters.map((c) => Math.round(1000 * (found.find((f) => f.cluster === c)?.share ?? 0)) / 10),
  );
  return {
    data: [
      {
        type: "heatmap",
        z,
        x: clusters.map(String),
        y: classes.map(({ name, n }) => `${name} (${n})`),
        colorscale: sequential,
        zmin: 0,
        zmax: Math.max(10, ...z.flat()),
        xgap: 2,
        ygap: 2,
        colorbar: colorBar("Share (%)", width),
        hovertemplate: "%{y}, cluster %{x}: %{z}%<extra></extra>",
      },
    ],
    layout: {
      ...frame({
        ...options,
        width,
        height: Math.round(width * (0.2 + 0.07 * classes.length)),
        left: 130,
        right: 96,
      }),
      xaxis: axis(`Cluster (number${leftOut.length ? "; ×: artefacts" : ""})`, width, {
        type: "category",
        tickvals: clusters.map(String),
        // On a line of its own: beside the number it would turn all numbers on their sides.
        ticktext: clusters.map((c) => (leftOut.includes(c) ? `${c}<br>×` : `${c}`)),
        showgrid: false,
        showline: false,
        ticks: "",
      }),
      yaxis: axis("", width, { autorange: "reversed", showgrid: false, showline: false, ticks: "" }),
    },
  };
});
