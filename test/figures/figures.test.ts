import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import sharp from "sharp";
import { wrap } from "../../lib/figures/figure.js";
import { knnCurve, neighbourGrid, umapScatter } from "../../lib/figures/index.js";
import { sourceThumbnails } from "../../lib/figures/source-thumbnails.js";
import { subsample } from "../../lib/figures/subsample.js";
import { groupStyle, ink, palette, textSize } from "../../lib/figures/theme.js";
import { thumbnail, thumbnails } from "../../lib/figures/thumbnail.js";
import { violinShape } from "../../lib/figures/violin-shape.js";
import { tinyFigures } from "./tiny-figures.js";

const folder = "test/figures/snapshots";

// UPDATE_SNAPSHOTS=1 writes them anew: look at the change before it is committed.
for (const [name, build] of Object.entries(tinyFigures))
  test(`${name} is the figure of its snapshot`, async () => {
    const made = `${JSON.stringify(build(), null, 1)}\n`;
    const path = `${folder}/${name}.json`;
    if (process.env.UPDATE_SNAPSHOTS) {
      await mkdir(folder, { recursive: true });
      await writeFile(path, made);
    }
    assert.deepEqual(JSON.parse(made), JSON.parse(await readFile(path, "utf8")));
  });

for (const [name, build] of Object.entries(tinyFigures))
  test(`${name} has a title, units on its axes, and text that reads at 8 cm`, () => {
    const { data, layout } = build();
    const { width, height } = layout as { width: number; height: number };
    assert.ok(width > 0 && height > 0);
    assert.match(String((layout.title as { text: string }).text), /^<b>.+<\/b>/);
    assert.equal(layout.paper_bgcolor, "#ffffff");
    const axes = Object.entries(layout).filter(([key]) => /^[xy]axis\d*$/.test(key));
    const drawn = axes
      .map(([, a]) => a as { visible?: boolean; title?: { text?: string } })
      .filter((a) => a.visible !== false);
    // A panel may leave a side's words to its neighbour, or to one text for all its rows; names need no words.
    const titles = drawn.map((a) => a.title?.text ?? "").filter(Boolean);
    for (const text of titles) assert.match(text, /\(.+\)$/, "an axis without a unit");
    if (drawn.length) assert.ok(titles.length > 0, "no axis says what it is");
    // The widest figures too are read at 8 cm = 227 points: nothing below 5 points, the usual least of journals.
    for (const size of fontSizes({ data, layout }))
      assert.ok((size / width) * 227 >= 5, `${size} px of ${width} are ${(size / width) * 227} points`);
    for (const color of colours({ data, layout }))
      assert.ok(safe.has(color), `${color} is not of the colour-blind-safe palette`);
    assert.ok(!/NaN|undefined/.test(JSON.stringify({ data, layout })), "a number is missing");
  });

/** Every colour a figure may use: the palette, its inks, white, and the pale grounds that carry no meaning. */
const safe = new Set(
  [...palette, ...Object.values(ink), "#ffffff", "#000000", "#eef4fa"].map((c) => c.toLowerCase()),
);

function colours(figure: unknown): string[] {
  const hex = (rgb: string) =>
    `#${rgb
      .split(",")
      .slice(0, 3)
      .map((v) => Number(v).toString(16).padStart(2, "0"))
      .join("")}`;
  const text = JSON.stringify(figure).replace(/data:image[^"]*/g, "");
  return [...text.matchAll(/#[0-9a-f]{6}\b|rgba?\(([^)]*)\)/gi)].map((m) =>
    m[1] ? hex(m[1]) : m[0].toLowerCase(),
  );
}

/** Sizes of every font in the specification, those of spans in a title included. */
function fontSizes(figure: unknown): number[] {
  const sizes: number[] = [];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string")
      for (const m of value.matchAll(/font-size:([\d.]+)px/g)) sizes.push(Number(m[1]));
    if (typeof value !== "object" || value === null) return;
    if (/font$/i.test(key) && "size" in value) sizes.push(Number(value.size));
    for (const [name, inner] of Object.entries(value)) walk(inner, name);
  };
  walk(figure, "");
  return sizes;
}

test("twenty groups can be told apart by colour and marker, and text keeps 6 points at 8 cm", () => {
  const styles = Array.from({ length: 20 }, (_, k) => Object.values(groupStyle(k)).join());
  assert.equal(new Set(styles).size, 20);
  for (const width of [480, 720, 1000]) assert.ok((textSize(width) / width) * 227 >= 5.9);
});

test("subsample keeps a seeded, ascending, distinct few, and says so", () => {
  const { indices, note } = subsample(10_000, { maxPoints: 100, seed: 3 });
  assert.equal(new Set(indices).size, 100);
  assert.deepEqual(
    [...indices],
    [...indices].sort((a, b) => a - b),
  );
  assert.equal(note, "100 of 10000 points drawn (seed 3)");
  assert.deepEqual(subsample(10_000, { maxPoints: 100, seed: 3 }).indices, indices);
  assert.notDeepEqual(subsample(10_000, { maxPoints: 100, seed: 4 }).indices, indices);
  assert.equal(subsample(5).note, "5 points");
});

test("wrap breaks between words at the width", () => {
  assert.deepEqual(wrap("one two three four", 100, 14), ["one two", "three four"]);
  assert.deepEqual(wrap("unbreakablelongword", 40, 14), ["unbreakablelongword"]);
});

test("a violin: seaborn's extent and equal width, quartiles by hand, degenerate samples", () => {
  const v = violinShape([1, 2, 3, 4, Number.NaN], 2)!;
  assert.deepEqual([v.n, v.q1, v.median, v.q3, v.low, v.high], [4, 1.75, 2.5, 3.25, 1, 4]);
  assert.equal(Math.max(...v.halfWidth), 1);
  const bandwidth = 4 ** -0.2 * Math.sqrt(5 / 3); // Scott, ddof 1
  assert.ok(Math.abs(v.grid[0] - (1 - 2 * bandwidth)) < 1e-12);
  assert.ok(Math.abs(v.grid[v.grid.length - 1] - (4 + 2 * bandwidth)) < 1e-12);
  assert.deepEqual(violinShape([1, 2, 3, 4])!.grid, [], "four values are too few for an outline");
  assert.deepEqual(violinShape([0.5, 0.5], 2)!.grid, []);
  assert.equal(violinShape([Number.NaN]), null);
});

test("thumbnails: at most the size asked for, grey and float images too", async () => {
  const rgb = { data: new Uint8Array(40 * 20 * 3).fill(120), width: 40, height: 20, channels: 3 };
  const made = await thumbnail(rgb, 96);
  assert.deepEqual([made.width, made.height], [96, 48]);
  assert.match(made.src, /^data:image\/jpeg;base64,/);
  const float = {
    data: Float32Array.from({ length: 100 }, (_, i) => i - 50),
    width: 10,
    height: 10,
    channels: 1,
  };
  float.data[0] = Number.NaN;
  assert.equal((await thumbnail(float, 32)).width, 32);
  const stack = {
    ids: ["a", "b"],
    length: 2,
    width: 2,
    height: 2,
    channels: 3,
    read: async () => new Uint8Array(12),
  };
  assert.deepEqual(
    (await thumbnails(stack, [1, 0])).map((t) => t.id),
    ["b", "a"],
  );
  await assert.rejects(thumbnail({ ...rgb, width: 41 }), /do not fill an image of 41x20x3/);
});

test("a source's thumbnail is the square about the centre that holds its light, and a faint jet is seen", async () => {
  const side = 60;
  const data = new Uint8Array(side * side);
  for (let x = 22; x <= 38; x++) data[30 * side + x] = x === 30 ? 255 : 40;
  const stack = { ids: ["J1"], image: async () => ({ data, width: side, height: side, channels: 1 }) };
  const [zoomed] = await sourceThumbnails(stack, [0], 100);
  // The light reaches 8 pixels from the centre; a quarter wider is 10 on each side.
  assert.deepEqual([zoomed.id, zoomed.side, zoomed.width, zoomed.height], ["J1", 20, 100, 100]);
  const { data: shown, info } = await sharp(Buffer.from(zoomed.src.split(",")[1], "base64"))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => shown[(y * info.width + x) * info.channels];
  // Pixel 25 of the row, halfway along the jet: the square root of 40 / 255 is 0.40.
  assert.ok(Math.abs(at(27, 52) - 0.4 * 255) < 25, `the jet has ${at(27, 52)}`);
  assert.ok(at(50, 10) < 10, "the sky stays dark");
  const colour = { ...stack, image: async () => ({ data, width: 20, height: 60, channels: 3 }) };
  await assert.rejects(sourceThumbnails(colour, [0]), /3 channels; it takes grey ones/);
});

test("wrong input is named", () => {
  const plane = { data: new Float64Array(6), shape: [2, 3] as [number, number] };
  assert.throws(() => umapScatter({ title: "t", embedding: plane }), /3 columns; a UMAP plot needs 2/);
  const two = { data: new Float64Array(4), shape: [2, 2] as [number, number] };
  assert.throws(
    () => umapScatter({ title: "t", embedding: two, clusters: [1] }),
    /"clusters" has 1 entries for 2/,
  );
  const s = { name: "x", epochs: [{ epoch: 1, knn: null }] };
  assert.throws(() => knnCurve({ title: "t", series: [s] }), /"x": none of its epochs has an accuracy/);
  assert.throws(
    () => neighbourGrid({ title: "t", source: {} as never, neighbours: [] }),
    /takes 8 neighbours/,
  );
});

test("a ring stays in the middle of its eight neighbours however narrow the figure is", () => {
  const picture = (id: string) => ({ src: `data:image/png;base64,${id}`, width: 9, height: 9, id });
  for (const width of [318, 340, 560]) {
    const figure = neighbourGrid({
      title: "A ring",
      source: picture("ring"),
      neighbours: [1, 2, 3, 4, 5, 6, 7, 8].map((k) => picture(`n${k}`)),
      found: [1, 2, 3, 4, 5, 6, 7, 8].map((distance) => ({ distance })),
      width,
    });
    const places = figure.layout.images!.map(({ x, y }) => [x as number, y as number]);
    assert.equal(new Set(places.map(([x]) => x)).size, 3, `three columns at ${width} px`);
    assert.deepEqual(places[4], [places[1][0], places[3][1]], `the source in the middle at ${width} px`);
  }
});

test("a legend of many rows leaves the plot of KNN curves its room", () => {
  for (const names of [["a"], ["random", "ImageNet", "galaxies", "radio"], ["1", "2", "3", "4", "5", "6"]]) {
    const series = names.map((name) => ({ name, epochs: [{ epoch: 0, knn: { mean: 0.5, std: 0.1 } }] }));
    const { layout } = knnCurve({ title: "Accuracy", subtitle: "one line", series });
    const { width, height, margin } = layout as {
      width: number;
      height: number;
      margin: { t: number; b: number };
    };
    const plot = height - margin.t - margin.b;
    assert.ok(plot > 0.45 * width, `${names.length} series: a plot of ${plot} px under ${width} px`);
  }
});
