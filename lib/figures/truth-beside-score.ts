import type { Matrix } from "../matrix.js";
import { axis, colorBar, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { panelGrid, panelTitle } from "./panels.js";
import { checkEmbedding, plain, scatterOf } from "./plane-points.js";
import { pointSize } from "./point-size.js";
import { redrawable } from "./redraw.js";
import { notedSubtitle, type SubsampleOptions, subsample } from "./subsample.js";
import { palette, panelColumns, sequential, textSize, widths } from "./theme.js";

export interface TruthBesideScoreOptions extends FigureText, SubsampleOptions {
  /** n x 2. */
  embedding: Matrix;
  /** Whether each object is a true one. */
  truth: ArrayLike<boolean | number>;
  /** The score after active learning. */
  score: ArrayLike<number>;
  ids?: readonly string[];
  /** Default "mergers". */
  what?: string;
  width?: number;
}

/** Fig. 9: the same UMAP plane twice, the true ones beside the anomaly score. */
export const truthBesideScore = redrawable((options: TruthBesideScoreOptions): Figure => {
  const { embedding, truth, score, ids, what = "mergers", width = widths.page } = options;
  checkEmbedding(embedding, { truth, score, ids });
  const { indices, note } = subsample(embedding.shape[0], options);
  const size = textSize(width);
  const columns = panelColumns(2, width);
  const points = pointSize(indices.length, columns === 2 ? 0.65 * width : width);
  const height = Math.round(width * (columns === 2 ? 0.74 : 1.9));
  const legend = ["other galaxies", `true ${what}`];
  const subtitle = notedSubtitle(options.subtitle, note);
  const outer = frame({
    ...options,
    subtitle,
    width,
    height,
    legend,
    legendOf: "points",
    right: Math.round(size * 5.6),
  });
  const m = outer.margin!;
  // The panels' titles stand between the figure's title and the plots.
  m.t = m.t! + Math.round(size * 1.5);
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const [a, b] = panelGrid({ count: 2, columns, plot, gap: { x: size * 3, y: size * 5.4 } });
  const others = indices.filter((i) => !truth[i]);
  const found = indices.filter((i) => truth[i]);
  const order = indices.slice().sort((i, j) => score[i] - score[j]);
  const color = round3(Float64Array.from(order, (i) => score[i]));
  // The bar stands beside the panel it belongs to, also where that is the lower one.
  const [low, high] = b.yDomain;
  const colorbar = { ...colorBar("Score", width), y: (low + high) / 2, len: high - low };
  const marker = { color, colorscale: sequential, size: points, showscale: true, colorbar };
  const strong = { color: palette[3], symbol: "diamond", size: points + 1, opacity: 0.85 };
  const on = (panel: typeof a) => ({ xaxis: panel.x, yaxis: panel.y });
  return {
    data: [
      { ...scatterOf({ embedding, pick: others, ids, name: legend[0], marker: plain(points) }), ...on(a) },
      { ...scatterOf({ embedding, pick: found, ids, name: legend[1], marker: strong }), ...on(a) },
      { ...scatterOf({ embedding, pick: order, ids, name: "score", marker }), ...on(b), showlegend: false },
    ],
    layout: {
      ...outer,
      xaxis: axis("UMAP 1 (arbitrary units)", width, { domain: a.xDomain, anchor: "y" }),
      yaxis: axis("UMAP 2 (arbitrary units)", width, { domain: a.yDomain, anchor: "x" }),
      xaxis2: axis("UMAP 1 (arbitrary units)", width, { domain: b.xDomain, anchor: "y2", matches: "x" }),
      yaxis2: axis(columns === 2 ? "" : "UMAP 2 (arbitrary units)", width, {
        domain: b.yDomain,
        anchor: "x2",
        matches: "y",
        showticklabels: columns < 2,
      }),
      annotations: [panelTitle(a, `True ${what}`, size), panelTitle(b, "Anomaly score (0 to 5)", size)],
    },
  };
});
