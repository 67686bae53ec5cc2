import type { Annotations, Data, PlotData, Shape } from "plotly.js";
import type { PlaneBox } from "../discovery/propose-cuts.js";
import type { Matrix } from "../matrix.js";
import { boxCounts } from "./box-counts.js";
import { axis, colorBar, type Figure, type FigureText, frame, round3 } from "./figure.js";
import { inTurns } from "./in-turns.js";
import { type PlacedNumber, placeNumbers } from "./place-numbers.js";
import { checkEmbedding, plain, scatterOf } from "./plane-points.js";
import { type PlaneUnits, planeUnits } from "./plane-units.js";
import { pointSize } from "./point-size.js";
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
  const size = pointSize(indices.length, width);
  const points = (pick: ArrayLike<number>, name: string, marker: Partial<PlotData["marker"]>) =>
    scatterOf({ embedding, pick, ids, name, marker });
  const names = [...new Set((classes ?? []).filter((c): c is string => c !== null))].sort();
  const grey = classes && !clusters ? indices.filter((i) => classes[i] === null) : [];
  const legend = clusters || !classes ? [] : [...(grey.length ? ["no label"] : []), ...names];
  const outer = frame({
    title: options.title,
    subtitle: notedSubtitle(options.subtitle, note),
    width,
    height: options.height ?? Math.round(width * 0.98),
    legend,
    legendOf: "points",
  });
  const plane = planeUnits(embedding, boxes, outer);
  const data: Data[] = [];
  let annotations: Partial<Annotations>[] = [];
  if (clusters) {
    // The smallest last, so that no other lies on it.
    const found = groups(indices, (i) => clusters[i]).sort((a, b) => b[1].length - a[1].length);
    for (const [k, members] of found) {
      const marker = { ...groupStyle(k), size, opacity: 0.7 };
      data.push(points(members, `cluster ${k}`, marker));
    }
    const members = found.map(([, members]) => members);
    const places = placeNumbers(embedding, members, ...numberSize(plane, width), plane.ranges);
    annotations = found.map(([k], g) => numberAt(places[g], `${k}`, width));
  } else if (classes) {
    if (grey.length) data.push(points(grey, "no label", plain(size)));
    const byClass = names.map((name, c) => {
      const marker = { ...classStyle(c), size, opacity: 0.75 };
      return { name, marker, pick: indices.filter((i) => classes[i] === name) };
    });
    data.push(...inTurns(byClass, ({ pick, name, marker }) => points(pick, name, marker)));
  } else if (values) {
    const known = indices.filter((i) => Number.isFinite(values.values[i]));
    const unknown = indices.filter((i) => !Number.isFinite(values.values[i]));
    if (unknown.length) data.push(points(unknown, "no value", plain(size)));
    // High values last, so that the rare ones lie on top.
    known.sort((a, b) => values.values[a] - values.values[b]);
    const color = round3(Float64Array.from(known, (i) => values.values[i]));
    const colorbar = colorBar(values.name, width);
    const marker = { color, colorscale: sequential, size, showscale: true, colorbar };
    data.push(points(known, values.name, marker));
  } else data.push(points(indices, "image", { ...plain(size), color: groupStyle(0).color }));
  return {
    data,
    layout: {
      ...outer,
      xaxis: axis("UMAP 1 (arbitrary units)", width, { range: plane.ranges[0] }),
      yaxis: axis("UMAP 2 (arbitrary units)", width, { range: plane.ranges[1] }),
      shapes: boxes.map(outline),
      annotations: [...annotations, ...boxCounts(boxes, embedding, indices, plane, width)],
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

/** A number's width and height in the units of the plane, with a point's size about it; two digits are a little wider. */
export function numberSize({ perPixel }: PlaneUnits, width: number): [number, number] {
  const size = textSize(width);
  return [1.5 * size * perPixel[0], 1.35 * size * perPixel[1]];
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
