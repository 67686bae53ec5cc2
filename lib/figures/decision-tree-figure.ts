import type { Annotations, Shape } from "plotly.js";
import { decisionTree, type Question } from "../data/votes/decision-tree.js";
import { blankAxis, type Figure, type FigureText, frame, wrap } from "./figure.js";
import { redrawable } from "./redraw.js";
import { ink, needRoom, palette, textSize, widths } from "./theme.js";

/** Where each question stands: column centre as a share of the width, and row; so that no arrow crosses a box. */
const places: Record<string, { x: number; row: number }> = {
  "smooth-or-featured": { x: 0.44, row: 0 },
  "how-rounded": { x: 0.15, row: 1 },
  "disk-edge-on": { x: 0.65, row: 1 },
  "edge-on-bulge": { x: 0.39, row: 2 },
  bar: { x: 0.84, row: 2 },
  "has-spiral-arms": { x: 0.84, row: 3 },
  "spiral-winding": { x: 0.59, row: 4 },
  "spiral-arm-count": { x: 0.59, row: 5 },
  "bulge-size": { x: 0.84, row: 6 },
  merging: { x: 0.44, row: 7 },
};

/** The Galaxy Zoo decision tree: every question as volunteers read it, every answer on the arrow it opens. */
export const decisionTreeFigure = redrawable(
  (options: FigureText & { questions?: readonly Question[]; width?: number }): Figure => {
    const { questions = decisionTree, width = widths.page } = options;
    needRoom(options.title, width, 36);
    const size = Math.round(textSize(width) * 0.84);
    const lineHeight = size * 1.3;
    const plotWidth = width - 20;
    const boxWidth = plotWidth * 0.29;
    const boxes = questions.map((q) => {
      const place = places[q.name];
      if (!place) throw new Error(`The drawing has no place for the question "${q.name}".`);
      const ends = q.answers.filter((a) => a.next === null).map((a) => words(a.name));
      const lines = wrap(q.text, boxWidth - 10, size * 0.95);
      const closing = ends.length ? wrap(`(${ends.join(", ")}: end)`, boxWidth - 10, size * 0.95) : [];
      return { q, place, lines, closing, height: (lines.length + closing.length) * lineHeight + 14 };
    });
    const rows = 1 + Math.max(...boxes.map((b) => b.place.row));
    const rowHeights = Array.from({ length: rows }, (_, r) =>
      Math.max(...boxes.filter((b) => b.place.row === r).map((b) => b.height)),
    );
    const arrowRoom = lineHeight * 2.6;
    const middle = rowHeights.map(
      (h, r) => rowHeights.slice(0, r).reduce((s, v) => s + v + arrowRoom, 0) + h / 2,
    );
    const plotHeight = Math.round(middle[rows - 1] + rowHeights[rows - 1] / 2 + 4);
    const outer = frame({ ...options, width, height: 1000, left: 10, right: 10, bottom: 8 });
    const at = new Map(
      boxes.map((b) => [b.q.name, { x: b.place.x * plotWidth, y: middle[b.place.row], h: b.height }]),
    );
    const shapes: Partial<Shape>[] = [];
    const arrows: Partial<Annotations>[] = [];
    const texts: Partial<Annotations>[] = [];
    const on = { xref: "x", yref: "y" } as const;
    for (const { q, lines, closing } of boxes) {
      const from = at.get(q.name)!;
      const corner = {
        x0: from.x - boxWidth / 2,
        x1: from.x + boxWidth / 2,
        y0: from.y - from.h / 2,
        y1: from.y + from.h / 2,
      };
      shapes.push({
        type: "rect",
        ...on,
        ...rounded(corner),
        line: { color: palette[0], width: 1.5 },
        fillcolor: "#eef4fa",
      });
      const text = [...lines, ...closing.map((l) => `<i>${l}</i>`)].join("<br>");
      texts.push({
        text,
        x: Math.round(from.x),
        y: Math.round(from.y),
        ...on,
        showarrow: false,
        font: { size, color: ink.text },
      });
      const opened = new Set(q.answers.map((a) => a.next).filter((n): n is string => n !== null));
      for (const next of opened) {
        const to = at.get(next)!;
        const name = q.answers
          .filter((a) => a.next === next)
          .map((a) => words(a.name))
          .join(", ");
        const start = { x: from.x, y: from.y + from.h / 2 };
        const end = { x: to.x + Math.sign(Math.round(from.x - to.x)) * boxWidth * 0.18, y: to.y - to.h / 2 };
        arrows.push(arrow(start, end));
        // Near the question it answers, so that a long arrow's label does not float.
        const along = Math.min(0.5, (arrowRoom * 0.5) / (end.y - start.y));
        const label = wrap(name, boxWidth * 1.1, size * 0.92).join("<br>");
        // Of two slanting arrows each has its words on its own side, so that they cannot meet.
        const aside = opened.size > 1 ? Math.sign(Math.round(to.x - from.x)) : 0;
        texts.push({
          text: `<b>${label}</b>`,
          xanchor: (["right", "center", "left"] as const)[aside + 1],
          x: Math.round(start.x + (end.x - start.x) * along),
          y: Math.round(start.y + (end.y - start.y) * along),
          ...on,
          showarrow: false,
          font: { size, color: ink.text },
          bgcolor: "rgba(255,255,255,0.92)",
          borderpad: 1,
        });
      }
    }
    return {
      data: [{ type: "scatter", mode: "markers", x: [], y: [], showlegend: false }],
      layout: {
        ...outer,
        height: Math.round(outer.margin!.t! + plotHeight + 8),
        xaxis: blankAxis([0, plotWidth]),
        yaxis: blankAxis([plotHeight, 0]),
        shapes,
        annotations: [...arrows, ...texts],
      },
    };
  },
);

function arrow(start: { x: number; y: number }, end: { x: number; y: number }): Partial<Annotations> {
  return {
    text: "",
    x: Math.round(end.x),
    y: Math.round(end.y),
    ax: Math.round(start.x),
    ay: Math.round(start.y),
    xref: "x",
    yref: "y",
    axref: "x",
    ayref: "y",
    showarrow: true,
    arrowhead: 2,
    arrowwidth: 1.5,
    arrowcolor: ink.soft,
  };
}

function words(name: string): string {
  return name.replaceAll("-", " ");
}

function rounded<T extends Record<string, number>>(corner: T): T {
  return Object.fromEntries(Object.entries(corner).map(([k, v]) => [k, Math.round(v)])) as T;
}
