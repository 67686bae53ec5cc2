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
