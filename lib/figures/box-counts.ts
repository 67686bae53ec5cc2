import type { Annotations } from "plotly.js";
import type { PlaneBox } from "../discovery/propose-cuts.js";
import type { Matrix } from "../matrix.js";
import type { PlaneUnits } from "./plane-units.js";
import { ink, palette, textSize } from "./theme.js";

/** How far from its box a count is looked for, in heights of its text, and in how many directions. */
const gaps = Array.from({ length: 30 }, (_, k) => 1.5 + k);
const DIRECTIONS = 24;

/**
 * How many points each selection of Fig. 1 holds, with an arrow to it: a tight cluster's box is too small to be noticed.
 * The words hide no box and no other words, and few points: a step farther from the box, of one height of the text, must
 * save a point. `drawn` are the rows of the n x 2 embedding that are to be seen.
 */
export function boxCounts(
  boxes: readonly PlaneBox[],
  embedding: Matrix,
  drawn: ArrayLike<number>,
  { ranges, perPixel }: PlaneUnits,
  width: number,
): Partial<Annotations>[] {
  const size = Math.round(textSize(width) * 0.9);
  const taken: PlaneBox[] = [...boxes];
  return boxes.map((box) => {
    const count = within(
      box,
      embedding,
      Array.from({ length: embedding.shape[0] }, (_, i) => i),
    );
    const text = `${count} ${count === 1 ? "image" : "images"}`;
    const half = [0.5 * (0.62 * text.length * size + 8), 0.5 * (1.35 * size + 8)];
    const [wide, high] = half.map((pixels, j) => pixels * perPixel[j]);
    const [cx, cy] = [(box.x[0] + box.x[1]) / 2, (box.y[0] + box.y[1]) / 2];
    const places = gaps.flatMap((gap, ring) =>
      Array.from({ length: DIRECTIONS }, (_, d) => {
        const angle = (2 * Math.PI * d) / DIRECTIONS;
        const away = (j: 0 | 1, side: number, own: number) => side / 2 + own + gap * size * perPixel[j];
        const x = cx + Math.cos(angle) * away(0, box.x[1] - box.x[0], wide);
        const y = cy + Math.sin(angle) * away(1, box.y[1] - box.y[0], high);
        const ground: PlaneBox = { x: [x - wide, x + wide], y: [y - high, y + high] };
        const [xs, ys] = ranges;
        const outside =
          ground.x[0] < xs[0] || ground.x[1] > xs[1] || ground.y[0] < ys[0] || ground.y[1] > ys[1];
        const wrong = outside || taken.some((other) => overlap(ground, other)) ? 1 : 0;
        return { x, y, ground, ring, wrong, hidden: within(ground, embedding, drawn) };
      }),
    );
    const best = places.reduce((a, b) =>
      (b.wrong - a.wrong || b.hidden + b.ring - a.hidden - a.ring) < 0 ? b : a,
    );
    taken.push(best.ground);
    const to = (v: number, [low, high]: readonly number[]) => round(Math.min(high, Math.max(low, v)));
    return {
      x: to(best.x, box.x),
      y: to(best.y, box.y),
      axref: "x",
      ayref: "y",
      ax: round(best.x),
      ay: round(best.y),
      text,
      showarrow: true,
      arrowhead: 2,
      arrowwidth: 1.5,
      arrowcolor: palette[3],
      standoff: 3,
      font: { size, color: ink.text },
      bgcolor: "rgba(255,255,255,0.85)",
      borderpad: 2,
    };
  });
}

function within({ x, y }: PlaneBox, { data }: Matrix, rows: ArrayLike<number>): number {
  let count = 0;
  for (let k = 0; k < rows.length; k++) {
    const [a, b] = [data[2 * rows[k]], data[2 * rows[k] + 1]];
    if (a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1]) count++;
  }
  return count;
}

function overlap(a: PlaneBox, b: PlaneBox): boolean {
  return a.x[0] < b.x[1] && b.x[0] < a.x[1] && a.y[0] < b.y[1] && b.y[0] < a.y[1];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
