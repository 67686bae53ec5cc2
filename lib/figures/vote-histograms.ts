import type { Data, Layout } from "plotly.js";
import { axis, type Figure, type FigureText, frame } from "./figure.js";
import { panelGrid, panelTitle } from "./panels.js";
import { redrawable } from "./redraw.js";
import { palette, panelColumns, textSize, widths } from "./theme.js";

export interface VoteHistogramsOptions extends FigureText {
  /** One panel an answer: its fraction for every galaxy that was asked; NaN is left out. */
  answers: readonly { label: string; fractions: ArrayLike<number> }[];
  width?: number;
}

/** How volunteers' vote fractions are spread (section 2): a histogram an answer, twenty bins from 0 to 1. */
export const voteHistograms = redrawable((options: VoteHistogramsOptions): Figure => {
  const { answers, width = widths.page } = options;
  if (!answers.length) throw new Error(`The figure "${options.title}" has no answers to show.`);
  const size = textSize(width);
  const columns = panelColumns(2, width);
  const rows = Math.ceil(answers.length / columns);
  // Under each other panels are flatter: four of them are to leave room for a caption on the page.
  const height = Math.round(width * (0.14 + rows * (columns === 1 ? 0.44 : 0.64 / columns)));
  const outer = frame({ ...options, width, height });
  const m = outer.margin!;
  m.t = m.t! + Math.round(size * 1.5);
  const plot = { width: width - m.l! - m.r!, height: height - m.t! - m.b! };
  const gap = { x: size * 4.2, y: size * 4.2 };
  const panels = panelGrid({ count: answers.length, columns, plot, gap });
  const data: Data[] = [];
  const axes: Record<string, unknown> = {};
  const annotations = answers.map(({ label, fractions }, p) => {
    const panel = panels[p];
    const counts = new Array<number>(20).fill(0);
    let asked = 0;
    for (let i = 0; i < fractions.length; i++) {
      if (!Number.isFinite(fractions[i])) continue;
      asked++;
      counts[Math.min(19, Math.floor(fractions[i] * 20))]++;
    }
    data.push({
      type: "bar",
      x: counts.map((_, i) => (i + 0.5) / 20),
      y: counts,
      width: 0.046,
      marker: { color: palette[p % palette.length] },
      xaxis: panel.x,
      yaxis: panel.y,
      hovertemplate: "fraction %{x:.2f}: %{y} galaxies<extra></extra>",
    });
    const bottom = p + columns >= answers.length;
    axes[panel.xaxis] = axis(bottom ? "Vote fraction (0 to 1)" : "", width, {
      domain: panel.xDomain,
      anchor: panel.y as "y",
      range: [0, 1],
    });
    axes[panel.yaxis] = axis(p % columns ? "" : "Galaxies (number)", width, {
      domain: panel.yDomain,
      anchor: panel.x as "x",
    });
    return panelTitle(panel, `${label} (${asked} asked)`, size);
  });
  return { data, layout: { ...outer, ...(axes as Partial<Layout>), annotations } };
});
