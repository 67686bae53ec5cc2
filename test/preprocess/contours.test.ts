import assert from "node:assert/strict";
import { test } from "node:test";
import { contourContains, outerContours } from "../../lib/preprocess/contours.js";
import { lcg } from "./reference.js";

const draw = (...rows: string[]) => ({
  mask: Uint8Array.from(rows.join(""), (c) => Number(c === "#")),
  width: rows[0].length,
  height: rows.length,
});
const boxes = (...rows: string[]) => {
  const { mask, width, height } = draw(...rows);
  return outerContours(mask, width, height).map(({ box: b }) => [b.x, b.y, b.width, b.height]);
};

test("diagonal neighbours are one region, and regions at the image's edge are whole", () => {
  assert.deepEqual(boxes("#..#", ".#..", "..#.", "#..."), [
    [0, 0, 3, 3],
    [3, 0, 1, 1],
    [0, 3, 1, 1],
  ]);
  assert.deepEqual(boxes("####", "####"), [[0, 0, 4, 2]]);
  assert.deepEqual(boxes("....", "...."), []);
});

test("what lies in a hole is no outer contour", () => {
  const rows = ["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"];
  assert.deepEqual(boxes(...rows), [[0, 0, 7, 7]]);
  // Open the outer ring by one pixel and the inner one is outside.
  assert.equal(boxes(...rows.map((r, y) => (y === 3 ? "#.#.#.." : r))).length, 2);
  // A hole closed only diagonally is still closed for an 8-connected region.
  assert.deepEqual(boxes("..#..", ".#.#.", "#.#.#", ".#.#.", "..#.."), [[0, 0, 5, 5]]);
});

test("a point on the border is not inside, one in a hole is", () => {
  const { mask, width, height } = draw("#####", "#...#", "#...#", "#####");
  const [ring] = outerContours(mask, width, height);
  assert.equal(ring.points.length, 2 * 14);
  assert.ok(contourContains(ring, 2, 1));
  assert.ok(!contourContains(ring, 0, 1));
  assert.ok(!contourContains(ring, 4, 2));
  assert.ok(!contourContains(ring, 7, 2));
  const line = draw(".....", ".###.", ".....");
  assert.ok(!contourContains(outerContours(line.mask, 5, 3)[0], 2, 1));
});

test("on random masks the boxes are those of regions filled from outside", () => {
  for (let k = 1; k <= 60; k++) {
    const [width, height] = [5 + (k % 23), 4 + (k % 17)];
    const density = 0.2 + 0.6 * ((k * 7) % 10) * 0.1;
    const mask = Uint8Array.from(lcg(k, width * height), (v) => Number(v < density));
    const byFlooding = floodedRegions(mask, width, height);
    const ours = outerContours(mask, width, height);
    const text = (b: { x: number; y: number; width: number; height: number }) =>
      `${b.x},${b.y},${b.width},${b.height}`;
    assert.deepEqual(ours.map((c) => text(c.box)).sort(), byFlooding.map((r) => text(r.box)).sort());
    // Strictly inside: in the filled region, with no side to the outside.
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        assert.equal(
          ours.some((c) => contourContains(c, x, y)),
          byFlooding.some((r) => r.contains(x, y)),
          `mask ${k} at ${x}, ${y}`,
        );
  }
});

/** The definition, slowly: empty pixels 4-connected to the frame are outside; the rest falls into 8-connected regions. */
function floodedRegions(mask: Uint8Array, width: number, height: number) {
  const [w, h] = [width + 2, height + 2];
  const region = new Int32Array(w * h).fill(-1);
  const set = (x: number, y: number) =>
    x > 0 && y > 0 && x <= width && y <= height && mask[(y - 1) * width + x - 1] !== 0;
  const flood = (
    x0: number,
    y0: number,
    label: number,
    eight: boolean,
    may: (x: number, y: number) => boolean,
  ) => {
    const pile = [[x0, y0]];
    while (pile.length) {
      const [x, y] = pile.pop()!;
      if (x < 0 || y < 0 || x >= w || y >= h || region[y * w + x] !== -1 || !may(x, y)) continue;
      region[y * w + x] = label;
      for (const dx of [-1, 0, 1])
        for (const dy of [-1, 0, 1]) if (eight || dx * dy === 0) pile.push([x + dx, y + dy]);
    }
  };
  flood(0, 0, 0, false, (x, y) => !set(x, y));
  let label = 0;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) if (region[y * w + x] === -1) flood(x, y, ++label, true, () => true);
  return Array.from({ length: label }, (_, i) => {
    const at = [...region.keys()].filter((k) => region[k] === i + 1);
    const xs = at.map((k) => (k % w) - 1);
    const ys = at.map((k) => Math.floor(k / w) - 1);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return {
      box: { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 },
      contains: (px: number, py: number) => {
        const k = (py + 1) * w + px + 1;
        return region[k] === i + 1 && [1, -1, w, -w].every((d) => region[k + d] !== 0);
      },
    };
  });
}
