import type { Data } from "plotly.js";
import type { Matrix } from "../matrix.js";
import { cellGrid, labelRoom } from "./cell-grid.js";
import { axis, blankAxis, type Figure, type FigureText, frame, legendRows } from "./figure.js";
import { inTurns } from "./in-turns.js";
import { checkEmbedding, plain, scatterOf } from "./plane-points.js";
import { pointSize } from "./point-size.js";
import { redrawable } from "./redraw.js";
import { notedSubtitle, type SubsampleOptions, subsample } from "./subsample.js";
import { classStyle, textSize, widths } from "./theme.js";
import type { NamedThumbnail } from "./thumbnail.js";

export interface ClusterPanelsOptions extends FigureText, SubsampleOptions {
  /** n x 2. */
  embedding: Matrix;
  clusters: ArrayLike<number>;
  ids?: readonly string[];
  /** The clusters shown, each with its examples; the others are grey. A note stands under the row's name. */
  panels: readonly { cluster: number; name?: string; note?: string; images: readonly NamedThumbnail[] }[];
  /** Examples in a row; default 6. */
  columns?: number;
  width?: number;
}

/** Figs. 4-6: the chosen clusters on the UMAP plane, and under it a row of examples of each. */
export const clusterPanels = redrawable((options: ClusterPanelsOptions): Figure => {
  const { embedding, clusters, ids, panels, columns = 6, width = widths.page } = options;
  checkEmbedding(embedding, { clusters, ids });
  if (!panels.length) throw new Error(`The figure "${options.title}" shows no cluster.`);
  const { indices, note } = subsample(embedding.shape[0], options);
  const size = textSize(width);
  const points = pointSize(indices.length, width);
  const shown = new Set(panels.map((p) => p.cluster));
  const names = panels.map((p) => p.name ?? `cluster ${p.cluster}`);
  const rowLabels = panels.map((p, k) => (p.note ? `${names[k]}<br>${p.note}` : names[k]));
  const rest = indices.filter((i) => !shown.has(clusters[i]));
  const data: Data[] = [
    scatterOf({ embedding, pick: rest, ids, name: "other clusters", marker: plain(points) }),
  ];
  const chosen = panels.map((panel, k) => {
    const marker = { ...classStyle(k), size: points, opacity: 0.8 };
    return { name: names[k], marker, pick: indices.filter((i) => clusters[i] === panel.cluster) };
  });
  data.push(...inTurns(chosen, (group) => scatterOf({ embedding, ids, ...group })));
  const left = Math.max(Math.round(size * 4.8), labelRoom(rowLabels, width));
  const legend = ["other clusters", ...names];
  const outer = frame({
    title: options.title,
    subtitle: notedSubtitle(options.subtitle, note),
    width,
    height: 1000,
    left,
    right: 10,
    bottom: 8,
    legendOf: "points",
  });
  const images = panels.flatMap((p) => Array.from({ length: columns }, (_, j) => p.images[j] ?? null));
  const gridWidth = width - left - 10;
  const grid = cellGrid({ images, columns, rowLabels, width: gridWidth, size, axes: { x: "x2", y: "y2" } });
  const umapHeight = Math.round(width * 0.62);
  const between = Math.round(size * 3.6 + legendRows(legend, gridWidth, size) * size * 1.5 + 10);
  const plotHeight = umapHeight + between + grid.height;
  // The rows' colours, as a strip beside each label: the legend's cue, where the images are.
  const strips = panels.map((_, k) => {
    const y = (k + 0.5) * (grid.height / panels.length);
    return { x: 0, y, color: classStyle(k).color };
  });
  return {
    data: [...data, grid.hover],
    layout: {
      ...outer,
      height: Math.round(outer.margin!.t! + plotHeight + 8),
      showlegend: true,
      legend: { ...outer.legend, y: 1 - (umapHeight + size * 3.4) / plotHeight },
      xaxis: axis("UMAP 1 (arbitrary units)", width, { domain: [0, 1], anchor: "y" }),
      yaxis: axis("UMAP 2 (arbitrary units)", width, {
        domain: [1 - umapHeight / plotHeight, 1],
        anchor: "x",
      }),
      xaxis2: blankAxis([0, gridWidth], { domain: [0, 1], anchor: "y2" }),
      yaxis2: blankAxis([grid.height, 0], { domain: [0, grid.height / plotHeight], anchor: "x2" }),
      images: grid.images,
      shapes: strips.map(({ x, y, color }) => ({
        type: "line",
        xref: "x2",
        yref: "y2",
        x0: x,
        x1: x,
        y0: y - grid.height / panels.length / 2 + 4,
        y1: y + grid.height / panels.length / 2 - 4,
        line: { color, width: 6 },
      })),
      annotations: grid.annotations,
    },
  };
});
