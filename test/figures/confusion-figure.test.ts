import assert from "node:assert/strict";
import { test } from "node:test";
import { confusionFigure } from "../../lib/figures/index.js";

const confusion = {
  labels: ["edge-on", "round", "spiral"],
  counts: { data: Float64Array.of(8, 1, 1, 0, 4, 0, 2, 2, 6), shape: [3, 3] as [number, number] },
  accuracy: 18 / 24,
};

test("rows and columns of a confusion follow the order that is asked for", () => {
  const classes = ["round", "spiral", "edge-on"];
  const { data, layout } = confusionFigure({ title: "Confusion", confusion, classes });
  const [{ x, y, z }] = data as unknown as { x: string[]; y: string[]; z: number[][] }[];
  assert.deepEqual([x, y], [classes, classes]);
  assert.deepEqual(z, [
    [1, 0, 0],
    [0.2, 0.6, 0.2],
    [0.1, 0.1, 0.8],
  ]);
  const words = layout.annotations!.find((a) => a.x === "edge-on" && a.y === "spiral");
  assert.equal(words!.text, "2<br>20.0%");
});

test("an order that lacks a class or names another is refused", () => {
  for (const classes of [["round"], ["round", "spiral", "disc"], ["round", "round", "spiral"]])
    assert.throws(() => confusionFigure({ title: "C", confusion, classes }), /name each class once/);
});

test("words keep a contrast of 4 on every shade of a confusion", () => {
  const light = (v: number) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb: number[]) =>
    rgb.reduce((sum, v, k) => sum + [0.2126, 0.7152, 0.0722][k] * light(v / 255), 0);
  const rgb = (hex: string) => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));
  const blue = rgb("#0072B2");
  for (let percent = 0; percent <= 100; percent++) {
    const data = Float64Array.of(percent, 100 - percent, 0, 100);
    const counts = { data, shape: [2, 2] as [number, number] };
    const { layout } = confusionFigure({
      title: "C",
      confusion: { labels: ["a", "b"], counts, accuracy: 1 },
    });
    const { color } = layout.annotations![0].font!;
    const ground = luminance(blue.map((v) => 255 + (percent / 100) * (v - 255)));
    const words = luminance(rgb(color as string));
    const [high, low] = [Math.max(ground, words), Math.min(ground, words)];
    assert.ok((high + 0.05) / (low + 0.05) >= 4, `${percent} %: ${color}`);
  }
});
