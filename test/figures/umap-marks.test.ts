import assert from "node:assert/strict";
import { test } from "node:test";
import type { Annotations, PlotData } from "plotly.js";
import { boundCurve, clusterPanels, ledgerFigure, startsUmap, umapScatter } from "../../lib/figures/index.js";
import { pointSize } from "../../lib/figures/point-size.js";
import type { Matrix } from "../../lib/matrix.js";
import { Random } from "../../lib/random.js";

/** Points spread evenly in rectangles, as [x0, x1, y0, y1, points]. */
function plane(parts: readonly (readonly [number, number, number, number, number])[]): Matrix {
  const random = new Random(1);
  const data = parts.flatMap(([x0, x1, y0, y1, n]) =>
    Array.from({ length: n }, () => [random.uniform(x0, x1), random.uniform(y0, y1)]).flat(),
  );
  return { data: Float64Array.from(data), shape: [data.length / 2, 2] };
}

/** The ground of an annotation's words in the units of the plane, by the axes' ranges and the frame's margins. */
function groundOf(words: Partial<Annotations>, layout: ReturnType<typeof umapScatter>["layout"]) {
  const { width, height, margin } = layout;
  const unit = (axis: "xaxis" | "yaxis", pixels: number) => {
    const [low, high] = layout[axis]!.range as [number, number];
    return (high - low) / pixels;
  };
  const { size } = words.font!;
  const wide = 0.6 * words.text!.length * size! * unit("xaxis", width! - margin!.l! - margin!.r!);
  const high = 1.3 * size! * unit("yaxis", height! - margin!.t! - margin!.b!);
  const [x, y] = [words.ax as number, words.ay as number];
  return { x: [x - wide / 2, x + wide / 2], y: [y - high / 2, y + high / 2] };
}

// As in notebook 02: a continent, a small group at its shore, and an island where the count stood.
const shore = plane([
  [-1.3, 4.5, 3.6, 9.4, 1600],
  [2.8, 3.3, 2.6, 3.3, 28],
  [5, 7.8, 2.9, 4.6, 370],
]);
const boxes = [
  { x: [2.75, 3.35], y: [2.55, 3.35] },
  { x: [4.9, 5.6], y: [2.8, 4.7] },
] as { x: [number, number]; y: [number, number] }[];

test("a selection's count hides no point and no selection where there is room, and lies on the plot", () => {
  const { layout } = umapScatter({ title: "Cut", embedding: shore, boxes });
  const counts = layout.annotations!;
  const grounds = counts.map((words) => groundOf(words, layout));
  assert.match(counts[0].text!, /^28 images$/);
  for (const { x, y } of grounds) {
    const inside = (i: number, side: readonly number[], j: number) =>
      shore.data[2 * i + j] > side[0] && shore.data[2 * i + j] < side[1];
    const hidden = Array.from({ length: shore.shape[0] }, (_, i) => i).filter(
      (i) => inside(i, x, 0) && inside(i, y, 1),
    );
    assert.equal(hidden.length, 0);
    for (const [k, side] of [x, y].entries()) {
      const [low, high] = layout[k ? "yaxis" : "xaxis"]!.range as [number, number];
      assert.ok(side[0] >= low && side[1] <= high, "the words are cut off");
    }
  }
  const everything = [...grounds, ...boxes];
  for (const [k, a] of everything.entries())
    for (const b of everything.slice(Math.max(k + 1, 2)).concat(k ? [] : [grounds[1]]))
      assert.ok(a.x[1] <= b.x[0] || b.x[1] <= a.x[0] || a.y[1] <= b.y[0] || b.y[1] <= a.y[0] || a === b);
});

test("the count is of all points of the embedding, also where few are drawn, and of one image in the singular", () => {
  const few = umapScatter({ title: "Cut", embedding: shore, boxes, maxPoints: 100 });
  assert.match(few.layout.annotations![0].text!, /^28 images$/);
  const one: Matrix = { data: Float64Array.of(0, 0, 3, 3, 4, 5), shape: [3, 2] };
  const box = { x: [2, 3.5] as [number, number], y: [2, 3.5] as [number, number] };
  const { layout } = umapScatter({ title: "Cut", embedding: one, boxes: [box] });
  assert.equal(layout.annotations![0].text, "1 image");
});

/** How many of the last points drawn are of each name: what lies on top. */
function onTop(traces: Partial<PlotData>[], n: number): Map<string, number> {
  const names = traces.flatMap(({ name, x }) => Array.from(x as number[], () => name!)).slice(-n);
  return new Map([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]));
}

test("no class is drawn wholly over another, and each stands in the legend once", () => {
  const embedding = plane([[0, 1, 0, 1, 800]]);
  const classes = Array.from({ length: 800 }, (_, i) => (i % 2 ? "FRI" : "FRII"));
  const clusters = classes.map((c) => c.length);
  const image = { src: "data:image/png;base64,", width: 8, height: 8, id: "a" };
  const panels = [2, 3, 4].map((cluster) => ({ cluster, images: [image] }));
  for (const { data, layout } of [
    umapScatter({ title: "Classes", embedding, classes }),
    startsUmap({ title: "Starts", starts: [{ name: "random", embedding, classes, accuracy: 0.5 }] }),
    clusterPanels({ title: "Panels", embedding, clusters, panels }),
  ]) {
    const traces = (data as Partial<PlotData>[]).filter((t) => t.x && (t.x as number[]).length > 1);
    const named = traces.filter((t) => t.showlegend !== false && t.legendgroup).map((t) => t.name);
    assert.equal(named.length, 2);
    assert.equal(new Set(named).size, 2);
    const classed = traces.filter((t) => t.legendgroup);
    const top = [...onTop(classed, 100).values()];
    assert.deepEqual(top, [50, 50]);
    assert.equal(layout.legend!.traceorder, "normal");
  }
});

test("Figure 15 says how many sources it shows", () => {
  const embedding = plane([[0, 1, 0, 1, 30]]);
  const classes = Array.from({ length: 30 }, (_, i) => (i % 2 ? "FRI" : "FRII"));
  const starts = [{ name: "random", embedding, classes, accuracy: 0.5 }];
  const { layout } = startsUmap({ title: "Starts", subtitle: "mirabest, 1256 images", starts });
  assert.match((layout.title as { text: string }).text, /1256 images; 30 points/);
});

test("points are smaller the more there are, and larger on a wider figure, within limits", () => {
  assert.equal(pointSize(2000, 480), 4);
  const sizes = [1, 100, 1000, 4000, 1e6].map((n) => pointSize(n, 480));
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
  assert.deepEqual([sizes[0], sizes.at(-1)], [7, 2.5]);
  assert.ok(pointSize(2000, 720) > 4 && pointSize(2000, 720) < 6);
});

test("the ledger's axis has numbers on both sides of 1, and none so close that they run together", () => {
  const row = (here: number) => ({ quantity: `q${here}`, value: 1, here, verdict: "differs" });
  const ticks = (...ratios: number[]) =>
    ledgerFigure({ title: "Ledger", rows: ratios.map(row) }).layout.xaxis!.tickvals as number[];
  assert.deepEqual(ticks(0.6, 1.6), [0.5, 1, 2]);
  assert.deepEqual(ticks(0.035, 4), [0.03, 0.1, 0.3, 1, 3]);
  assert.deepEqual(ticks(1e-3, 1.5), [1e-3, 1e-2, 0.1, 1]);
});

test("the numbers of a bound have room left of the plot", () => {
  const { layout } = boundCurve({ title: "Bound", bounds: [-15_500, -14_300] });
  // "−14.4k", a tick, and the axis' upright title.
  const needed = 6 * 0.62 * 13 + 8 + 1.3 * 14;
  assert.ok(layout.margin!.l! >= needed, `${layout.margin!.l} pixels of ${needed}`);
});
