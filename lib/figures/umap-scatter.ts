import type { Annotations, Data, PlotData, Shape } from "plotly.js";
import type { PlaneBox } from "../discovery/propose-cuts.js";
import type { Matrix } from "../matrix.js";
import { axis, colorBar, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { type PlacedNumber, placeNumbers } from "./place-numbers.js";
import { checkEmbedding, plain, scatterOf } from "./plane-points.js";
import { redrawable } from "./redraw.js";
import { notedSubtitle, type SubsampleOptions, subsample } from "./subsample.js";
import { classStyle, groupStyle, ink, palette, sequential, textSize, widths } from "./theme.js";

export interface UmapScatterOptions extends FigureText, SubsampleOptions {
  /** n x 2. */
  embedding: Matrix;
  ids?: readonly string[];
  /** Coloured by cluster number, written at each cluster's median, or beside it where it would hide the cluster. */
  clusters?: ArrayLike<number>;
  /** Coloured by class name with a legend; null, unlabelled (grey). */
  classes?: readonly (string | null)[];
  /** Coloured by a number, with a bar; NaN is drawn grey. */
  values?: { name: string; values: ArrayLike<number> };
  /** The selections of Fig. 1. */
  boxes?: readonly PlaneBox[];
  width?: number;
  height?: number;
}

/**
 * Figs. 1 and 4-6's ground: a UMAP embedding, plain or coloured by cluster, class or value, with the selections
 * drawn on it. UMAP's coordinates have no unit.
 */
export const umapScatter = redrawable((options: UmapScatterOptions): Figure => {
  const { embedding, ids, clusters, classes, values, boxes = [], width = widths.column } = options;
  checkEmbedding(embedding, { ids, clusters, classes, values: values?.values });
  const { indices, note } = subsample(embedding.shape[0], options);
  const points = (pick: ArrayLike<number>, name: string, marker: Partial<PlotData["marker"]>) =>
    scatterOf({ embedding, pick, ids, name, marker });
  const data: Data[] = [];
  let legend: string[] = [];
  let annotations: Partial<Annotations>[] = [];
  if (clusters) {
    // The smallest last, so that no other lies on it.
    const found = groups(indices, (i) => clusters[i]).sort((a, b) => b[1].length - a[1].length);
    for (const [k, members] of found) {
      const marker = { ...groupStyle(k), size: 4, opacity: 0.7 };
      data.push(points(members, `cluster ${k}`, marker));
    }
    const members = found.map(([, members]) => members);
    const places = placeNumbers(embedding, members, ...numberSize(embedding, width));
    annotations = found.map(([k], g) => numberAt(places[g], `${k}`, width));
  } else if (classes) {
    const names = [...new Set(classes.filter((c): c is string => c !== null))].sort();
    const grey = indices.filter((i) => classes[i] === null);
    if (grey.length) data.push(points(grey, "no label", plain));
    names.forEach((name, c) => {
      const marker = { ...classStyle(c), size: 5, opacity: 0.75 };
      const members = indices.filter((i) => classes[i] === name);
      data.push(points(members, name, marker));
    });
    legend = [...(grey.length ? ["no label"] : []), ...names];
  } else if (values) {
    const known = indices.filter((i) => Number.isFinite(values.values[i]));
    const unknown = indices.filter((i) => !Number.isFinite(values.values[i]));
    if (unknown.length) data.push(points(unknown, "no value", plain));
    // High values last, so that the rare ones lie on top.
    known.sort((a, b) => values.values[a] - values.values[b]);
    const color = round3(Float64Array.from(known, (i) => values.values[i]));
    const marker = {
      color,
      colorscale: sequential,
      size: 4,
      showscale: true,
      colorbar: colorBar(values.name, width),
    };
    data.push(points(known, values.name, marker));
  } else data.push(points(indices, "image", { ...plain, color: groupStyle(0).color }));
  return {
    data,
    layout: {
      ...frame({
        title: options.title,
        subtitle: notedSubtitle(options.subtitle, note),
        width,
        height: options.height ?? Math.round(width * 0.98),
        legend,
        legendOf: "points",
      }),
      xaxis: axis("UMAP 1 (arbitrary units)", width),
      yaxis: axis("UMAP 2 (arbitrary units)", width),
      shapes: boxes.map(outline),
      annotations: [...annotations, ...boxes.map((box) => countIn(box, embedding, width))],
    },
  };
});

function groups(indices: Uint32Array, key: (i: number) => number): [number, number[]][] {
  const found = new Map<number, number[]>();
  for (const i of indices) {
    const k = key(i);
    const members = found.get(k);
    if (members) members.push(i);
    else found.set(k, [i]);
  }
  return [...found].sort((a, b) => a[0] - b[0]);
}

/**
 * A number's width and height in the units of the plane, with a point's size about it. The plot takes four fifths of
 * the figure; a number of two digits is a little wider than high.
 */
export function numberSize(embedding: Matrix, width: number): [number, number] {
  const unit = (j: number) => (extent(embedding, j) * textSize(width)) / (0.8 * width);
  return [1.5 * unit(0), 1.35 * unit(1)];
}

/** A group's number on a white ground, so that it reads over any colour, with a thin line where it stands aside. */
function numberAt({ x, y, leader }: PlacedNumber, text: string, width: number): Partial<Annotations> {
  const font = { size: Math.round(textSize(width) * 0.85), color: ink.text };
  const number = { text: `<b>${text}</b>`, font, bgcolor: "rgba(255,255,255,0.75)", borderpad: 1 };
  const round = (v: number) => Math.round(v * 1000) / 1000;
  if (!leader) return { x: round(x), y: round(y), showarrow: false, ...number };
  // The line ends at a member, the words stand where it begins.
  const line = { arrowhead: 0, arrowwidth: 1, arrowcolor: ink.text, standoff: 2 } as const;
  const from = { axref: "x", ayref: "y", ax: round(x), ay: round(y) } as const;
  return { x: round(leader[0]), y: round(leader[1]), showarrow: true, ...from, ...line, ...number };
}

function extent(embedding: Matrix, column: number): number {
  return edge(embedding, column, 1) - edge(embedding, column, -1);
}

/** The largest (`sign` 1) or smallest (-1) value of a column. */
function edge({ data, shape: [n] }: Matrix, column: number, sign: 1 | -1): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) most = Math.max(most, sign * data[2 * i + column]);
  return sign * most;
}

/**
 * How many points a selection holds, with an arrow to it: a tight cluster's box is too small to be noticed. The words
 * stand on the side where they hide the fewest points, and the arrow ends before the box.
 */
function countIn(box: PlaneBox, embedding: Matrix, width: number): Partial<Annotations> {
  const { data, shape } = embedding;
  const within = (x: readonly number[], y: readonly number[]) => {
    let count = 0;
    for (let i = 0; i < shape[0]; i++)
      if (data[2 * i] >= x[0] && data[2 * i] <= x[1] && data[2 * i + 1] >= y[0] && data[2 * i + 1] <= y[1])
        count++;
    return count;
  };
  const text = `cut: ${within(box.x, box.y)} images`;
  const size = textSize(width);
  // The plot takes about four fifths of the figure's width and of its height.
  const unit = (j: number, pixels: number) => (extent(embedding, j) * pixels) / (0.8 * width);
  const [wide, high, away] = [text.length * size * 0.55, size * 1.4, Math.round(size * 2.2)];
  const middle = [(box.x[0] + box.x[1]) / 2, (box.y[0] + box.y[1]) / 2];
  const sides = [
    { x: box.x[1], y: middle[1], ax: away, ay: 0, xanchor: "left" as const },
    { x: box.x[0], y: middle[1], ax: -away, ay: 0, xanchor: "right" as const },
    { x: middle[0], y: box.y[0], ax: 0, ay: away, xanchor: "center" as const },
    { x: middle[0], y: box.y[1], ax: 0, ay: -away, xanchor: "center" as const },
  ];
  const hidden = sides.map(({ x, y, ax, ay, xanchor }) => {
    const left = { left: 0, right: 1, center: 0.5 }[xanchor];
    const from = [x + unit(0, ax - left * wide), y - unit(1, ay) - unit(1, high / 2)];
    const to = [from[0] + unit(0, wide), from[1] + unit(1, high)];
    const outside = [0, 1].some((j) => from[j] < edge(embedding, j, -1) || to[j] > edge(embedding, j, 1));
    return within([from[0], to[0]], [from[1], to[1]]) + (outside ? shape[0] : 0);
  });
  return {
    ...sides[hidden.indexOf(Math.min(...hidden))],
    text,
    showarrow: true,
    arrowhead: 2,
    arrowwidth: 1.5,
    arrowcolor: palette[3],
    standoff: 5,
    font: { size: Math.round(size * 0.9), color: ink.text },
    bgcolor: "rgba(255,255,255,0.85)",
    borderpad: 2,
  };
}

function outline(box: PlaneBox): Partial<Shape> {
  return {
    type: "rect",
    x0: box.x[0],
    x1: box.x[1],
    y0: box.y[0],
    y1: box.y[1],
    line: { color: palette[3], width: 2 },
    fillcolor: "rgba(213,94,0,0.06)",
  };
}
