import assert from "node:assert/strict";
import { test } from "node:test";
import { redraw } from "../../lib/figures/redraw.js";
import { palette, withStyle } from "../../lib/figures/theme.js";
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

test("another palette reaches every trace, and a colour that is none is refused", () => {
  const figure = redraw(tinyFigures["knn-curve"](), undefined, { palette: ["#101010", "#F0F0F0"] });
  const colours = figure.data.map((trace) => (trace as { line: { color: string } }).line.color);
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
