import type { Annotations, Data, Layout } from "plotly.js";
import type { Matrix } from "../matrix.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { panelGrid, panelTitle } from "./panels.js";
import { redrawable } from "./redraw.js";
import { type SubsampleOptions, subsample } from "./subsample.js";
import { classStyle, panelColumns, textSize, widths } from "./theme.js";
import { checkEmbedding, scatterOf } from "./umap-scatter.js";

export interface StartsUmapOptions extends FigureText, SubsampleOptions {
  /** One panel a start of the weights, in reading order. */
  starts: readonly { name: string; embedding: Matrix; classes: readonly string[]; accuracy: number }[];
  width?: number;
}

/** Fig. 15: the UMAP plane of every start, classes by marker and colour, the majority-label accuracy in the title. */
export const startsUmap = redrawable((options: StartsUmapOptions): Figure => {
  const { starts, width = widths.page } = options;
  if (!starts.length) throw new Error(`The figure "${options.title}" has no start to show.`);
  const size = textSize(width);
  const classes = [...new Set(starts.flatMap((s) => s.classes))].sort();
  const columns = panelColumns(2, width);
  const rows = Math.ceil(starts.length / columns);
  const height = Math.round(width * (0.25 + rows / columns));
  const outer = frame({ ...options, width, height, legend: classes, legendOf: "points" });
  const m = outer.margin!;
  m.t = m.t! + Math.round(size * 1.5);
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const panels = panelGrid({ count: starts.length, columns, plot, gap: { x: size * 2.6, y: size * 3.6 } });
  const data: Data[] = [];
  const annotations: Partial<Annotations>[] = [];
  const axes: Record<string, unknown> = {};
  starts.forEach((s, p) => {
    checkEmbedding(s.embedding, { [`classes of ${s.name}`]: s.classes });
    const panel = panels[p];
    const { indices } = subsample(s.embedding.shape[0], options);
    classes.forEach((name, c) => {
      const pick = indices.filter((i) => s.classes[i] === name);
      const marker = { ...classStyle(c), size: 5, opacity: 0.7 };
      const trace = scatterOf({ embedding: s.embedding, pick, name, marker });
      data.push({ ...trace, xaxis: panel.x, yaxis: panel.y, legendgroup: name, showlegend: p === 0 });
    });
    annotations.push(panelTitle(panel, `${s.name}: accuracy ${(100 * s.accuracy).toFixed(1)}%`, size));
    // The planes have no common scale; words once a side are enough.
    const bottom = p + columns >= starts.length;
    axes[panel.xaxis] = axis(bottom ? "UMAP 1 (arbitrary units)" : "", width, {
      domain: panel.xDomain,
      anchor: panel.y as "y",
    });
    axes[panel.yaxis] = axis(p % columns ? "" : "UMAP 2 (arbitrary units)", width, {
      domain: panel.yDomain,
      anchor: panel.x as "x",
    });
  });
  return { data, layout: { ...outer, ...(axes as Partial<Layout>), annotations } };
});
