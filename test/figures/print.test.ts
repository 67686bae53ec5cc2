import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figure } from "../../lib/figures/figure.js";
import { clusterPanels, ledgerFigure } from "../../lib/figures/index.js";
import { redraw } from "../../lib/figures/redraw.js";
import { palette, withStyle } from "../../lib/figures/theme.js";
import { paperValues } from "../../lib/study/paper-values.js";
import { tinyFigures } from "./tiny-figures.js";

/** A column of 84 mm with text of 7 points, as `forPrint` asks for it. */
const column = { textSize: 14, millimetresPerPixel: 84 / 480 };

for (const [name, build] of Object.entries(tinyFigures))
  test(`${name} is laid out anew for a column of 84 mm, or says what it needs`, () => {
    let narrow: ReturnType<typeof build>;
    try {
      narrow = redraw(build(), 480, column);
    } catch (error) {
      assert.match((error as Error).message, /cannot be read so narrow: give it \d+ millimetres/);
      assert.equal(name, "decision-tree", "the one figure whose boxes stand where they stand");
      return;
    }
    assert.equal(narrow.layout.width, 480);
    assert.equal(narrow.layout.font?.size, 14);
    const title = String((narrow.layout.title as { text: string }).text);
    const lines = title.split("<br>").filter((line) => line.startsWith("<b>"));
    const lonely = lines.length > 1 && lines.some((line) => !line.includes(" "));
    assert.ok(!lonely, `a word stands alone: ${lines.join(" / ")}`);
    assert.deepEqual(build(), build(), "the style does not stay");
  });

/** Pixels along an axis of a figure, and the words beside it. */
function axesOf({ layout }: Figure) {
  const { width = 0, height = 0, margin = {} } = layout;
  const inside = { x: width - margin.l! - margin.r!, y: height - margin.t! - margin.b! };
  return Object.entries(layout).flatMap(([key, value]) => {
    const which = /^([xy])axis/.exec(key)?.[1] as "x" | "y" | undefined;
    const { domain = [0, 1], title } = (value ?? {}) as { domain?: number[]; title?: { text: string } };
    return which && title?.text
      ? [{ text: title.text, size: layout.font!.size!, room: inside[which] * (domain[1] - domain[0]) }]
      : [];
  });
}

for (const [name, build] of Object.entries(tinyFigures).filter(([name]) => name !== "decision-tree"))
  test(`${name}: what stands beside an axis is no longer than the axis in a column of 84 mm`, () => {
    for (const { text, size, room } of axesOf(redraw(build(), 480, column))) {
      // DejaVu Sans: a letter is 0.6 of its size on average; centred words may reach half a letter over each end.
      const needed = (text.length - 1) * size * 0.6;
      assert.ok(needed <= room, `"${text}" needs ${needed.toFixed(0)} of ${room.toFixed(0)} pixels`);
    }
  });

test("the legend of cluster panels ends above the images, at any width", () => {
  const panels = [0, 1, 2, 3, 4].map((cluster) => ({ cluster, note: "99 % elliptical", images: [] }));
  const embedding = { data: new Float64Array(12), shape: [6, 2] as [number, number] };
  for (const width of [400, 480, 600, 720]) {
    const figure = clusterPanels({ title: "t", embedding, clusters: [0, 1, 2, 3, 4, 5], panels, width });
    const { height, margin, legend, yaxis2, font } = figure.layout;
    const [plot, size] = [height! - margin!.t! - margin!.b!, font!.size!];
    const room = width - margin!.l! - margin!.r!;
    // "other clusters" is the widest entry: fourteen letters of 0.9 of the text's size, and its mark.
    const across = Math.floor(room / (14 * size * 0.9 * 0.6 + 48));
    const bottom = legend!.y! * plot - Math.ceil(6 / across) * size * 0.9 * 1.3;
    assert.ok(bottom > yaxis2!.domain![1] * plot, `${width}: ${bottom} ${yaxis2!.domain![1] * plot}`);
  }
});

test("every quantity of the paper fits beside the ledger's figure, at both widths", () => {
  const rows = paperValues.map(({ quantity }) => ({ quantity, value: 1, here: 1, verdict: "reproduced" }));
  for (const width of [480, 720]) {
    const { layout } = ledgerFigure({ title: "t", rows, width });
    const size = layout.font!.size! * 0.9;
    // DejaVu Sans as Chromium drew these: 0.57 of the size a letter; ten pixels for tick and gap.
    for (const label of (layout.yaxis as { categoryarray: string[] }).categoryarray)
      for (const line of label.split("<br>"))
        assert.ok(line.length * size * 0.57 + 10 <= layout.margin!.l!, `${width}: "${line}" is cut`);
  }
});

test("the words of a question's two answers keep apart on the tree at its least width", () => {
  const { annotations = [] } = redraw(tinyFigures["decision-tree"](), 504, column).layout;
  const of = (text: string) => annotations.find((a) => a.text === `<b>${text}</b>`)!;
  const [smooth, featured] = [of("smooth"), of("featured or disk")];
  assert.deepEqual([smooth.xanchor, featured.xanchor], ["right", "left"]);
  assert.ok((featured.x as number) - (smooth.x as number) > 20);
});

test("four planes of Fig. 15 stay on a page in a column of 84 mm: two by two", () => {
  const { layout } = redraw(tinyFigures["starts-umap"](), 480, column);
  assert.ok(layout.height! < 1.4 * 480, `${layout.height}`);
  const domain = (name: "xaxis" | "xaxis2" | "xaxis3") => layout[name]!.domain!;
  assert.ok(domain("xaxis2")[0] > domain("xaxis")[1]);
  assert.deepEqual(domain("xaxis3"), domain("xaxis"));
});

test("a bar of colours is as long as the panel it explains", () => {
  const figure = redraw(tinyFigures["truth-beside-score"](), 480, column);
  const { y, len } = (figure.data[2] as { marker: { colorbar: { y: number; len: number } } }).marker.colorbar;
  const [low, high] = figure.layout.yaxis2!.domain!;
  assert.ok(high < 0.5 && Math.abs(y - len / 2 - low) < 1e-9 && Math.abs(y + len / 2 - high) < 1e-9);
});

test("another palette reaches every trace, and a colour that is none is refused", () => {
  const figure = redraw(tinyFigures["knn-curve"](), undefined, { palette: ["#101010", "#F0F0F0"] });
  // The key of the bands is grey, whatever the palette.
  const lines = figure.data.flatMap((trace) => (trace as { line?: { color: string } }).line ?? []);
  const colours = lines.map(({ color }) => color);
  assert.deepEqual(colours, ["#101010", "#101010", "#F0F0F0", "#F0F0F0"]);
  assert.throws(() => withStyle({ palette: ["red"] }, () => 0), /not "red"/);
  const foreign = { data: [], layout: { width: 700, height: 350, title: { text: "mine" } } };
  const { width, height, font } = redraw(foreign, 480, column).layout;
  assert.deepEqual([width, height, font?.size], [480, 240, 14]);
});

/** Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB. */
const deficiencies: Record<string, number[]> = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function linear(color: string): number[] {
  return [1, 3, 5].map((at) => {
    const v = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
}

/** CIE L*a*b* (D65) of linear RGB. */
function lab(rgb: readonly number[]): number[] {
  const times = (m: readonly number[]) => m[0] * rgb[0] + m[1] * rgb[1] + m[2] * rgb[2];
  const [x, y, z] = [
    times([0.4124, 0.3576, 0.1805]) / 0.95047,
    times([0.2126, 0.7152, 0.0722]),
    times([0.0193, 0.1192, 0.9505]) / 1.08883,
  ].map((t) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(color: string, m: readonly number[]): number[] {
  const rgb = linear(color);
  const clip = (v: number) => Math.min(1, Math.max(0, v));
  return lab([0, 3, 6].map((row) => clip(m[row] * rgb[0] + m[row + 1] * rgb[1] + m[row + 2] * rgb[2])));
}

// 2.3 is the least difference an eye sees side by side; points and lines apart want several times that.
for (const [name, matrix] of Object.entries(deficiencies))
  test(`the first six colours stay apart with ${name}`, () => {
    const six = palette.slice(0, 6).map((color) => ({ color, at: seen(color, matrix) }));
    for (const [i, a] of six.entries())
      for (const b of six.slice(i + 1)) {
        const apart = Math.hypot(...a.at.map((v, k) => v - b.at[k]));
        assert.ok(apart > 10, `${a.color} and ${b.color} are ${apart.toFixed(1)} apart`);
      }
  });
