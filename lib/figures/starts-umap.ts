import type { Annotations, Data, Layout, LayoutAxis } from "plotly.js";
import type { Matrix } from "../matrix.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { inTurns } from "./in-turns.js";
import { panelGrid, panelTitle } from "./panels.js";
import { checkEmbedding, scatterOf } from "./plane-points.js";
import { pointSize } from "./point-size.js";
import { redrawable } from "./redraw.js";
import { notedSubtitle, type SubsampleOptions, subsample } from "./subsample.js";
import { classStyle, panelColumns, textSize, widths } from "./theme.js";

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
  // Two side by side at any width: the planes' numbers mean nothing, so narrow panels go without ticks and words.
  const columns = 2;
  const narrow = panelColumns(columns, width) < columns;
  const rows = Math.ceil(starts.length / columns);
  const height = Math.round(width * (0.25 + rows / columns));
  const left = narrow ? Math.round(size * 2.6) : undefined;
  const notes = new Set(starts.map((s) => subsample(s.embedding.shape[0], options).note));
  const subtitle = notedSubtitle(options.subtitle, [...notes].join(" or "));
  const outer = frame({ ...options, subtitle, width, height, left, legend: classes, legendOf: "points" });
  const m = outer.margin!;
  m.t = m.t! + Math.round(size * (narrow ? 2.8 : 1.5));
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const panels = panelGrid({
    count: starts.length,
    columns,
    plot,
    gap: { x: size * (narrow ? 1 : 2.6), y: size * 3.6 },
  });
  const unit = narrow ? "(no unit)" : "(arbitrary units)";
  const bare: Partial<LayoutAxis> = narrow ? { showticklabels: false, ticks: "" } : {};
  const data: Data[] = [];
  const annotations: Partial<Annotations>[] = [];
  const axes: Record<string, unknown> = {};
  starts.forEach((s, p) => {
    checkEmbedding(s.embedding, { [`classes of ${s.name}`]: s.classes });
    const panel = panels[p];
    const { indices } = subsample(s.embedding.shape[0], options);
    const groups = classes.map((name, c) => {
      const marker = { ...classStyle(c), size: pointSize(indices.length, width / columns), opacity: 0.75 };
      return { name, marker, pick: indices.filter((i) => s.classes[i] === name) };
    });
    const traces = inTurns(groups, (group) => scatterOf({ embedding: s.embedding, ...group }));
    for (const trace of traces)
      data.push({
        ...trace,
        xaxis: panel.x,
        yaxis: panel.y,
        showlegend: p === 0 && trace.showlegend,
      } as Data);
    const said = `${s.name}:${narrow ? "<br>" : " "}accuracy ${(100 * s.accuracy).toFixed(1)}%`;
    annotations.push(panelTitle(panel, said, size));
    // The planes have no common scale; words once a side are enough.
    const bottom = p + columns >= starts.length;
    axes[panel.xaxis] = axis(bottom ? `UMAP 1 ${unit}` : "", width, {
      ...bare,
      domain: panel.xDomain,
      anchor: panel.y as "y",
    });
    axes[panel.yaxis] = axis(p % columns ? "" : `UMAP 2 ${unit}`, width, {
      ...bare,
      domain: panel.yDomain,
      anchor: panel.x as "x",
    });
  });
  return { data, layout: { ...outer, ...(axes as Partial<Layout>), annotations } };
});
