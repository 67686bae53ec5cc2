import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import sharp from "sharp";
import { type Figure, frame } from "../../lib/figures/figure.js";
import { boundCurve, decisionTreeFigure } from "../../lib/figures/index.js";
import { closeFigurePage } from "../../lib/notebook/chromium-page.js";
import { exportFigure } from "../../lib/notebook/export-figure.js";
import { figureSpec } from "../../lib/notebook/figure-spec.js";
import { figureTitle } from "../../lib/notebook/figure-title.js";
import type { MimeBundle } from "../../lib/notebook/host.js";
import { show } from "../../lib/notebook/show.js";
import { showTable } from "../../lib/notebook/show-table.js";
import { noBrowser } from "../browser.js";
import { scratch } from "../scratch.js";
import { fakeHost } from "./fake-host.js";

const folder = scratch();
let shown: MimeBundle[] = [];
const beforeExit: (() => Promise<void>)[] = [];
/** As the runner starts a kernel: it names the notebook. */
function unattended(t: TestContext): void {
  process.env.LATENT_SKY_NOTEBOOK = "00";
  t.after(() => delete process.env.LATENT_SKY_NOTEBOOK);
}
before(() => {
  fakeHost({
    display: (data) => shown.push(data),
    beforeExit(task) {
      beforeExit.push(task);
      return () => {};
    },
  });
});
beforeEach(() => {
  shown = [];
});
after(closeFigurePage);

const figure: Figure = {
  data: [{ type: "scatter", mode: "lines+markers", x: [1, 2, 3], y: [0.123456789, Number.NaN, 3] }],
  layout: { title: { text: "<b>Recall of mergers</b><br>mock, seed 0" }, width: 400, height: 300 },
};

test("a figure as plain JSON: typed arrays are lists, gaps are null, digits are cut where asked", () => {
  const spec = figureSpec(
    { data: [{ x: new Float64Array([1 / 3, Number.NaN]), y: [123456789, 1e-7 / 3] } as never], layout: {} },
    5,
  );
  assert.deepEqual(spec.data, [{ x: [0.33333, null], y: [123456789, 3.3333e-8] }]);
  // Neighbours on the sky stay apart.
  const ra = Float64Array.from([150.159041, 150.158077, 150.031]);
  const { data } = figureSpec({ data: [{ x: ra } as never], layout: {} }, 5);
  assert.deepEqual(data, [{ x: [150.15904, 150.15808, 150.031] }]);
});

test("the title of a figure: all its lines, without markup and subtitle", () => {
  const title = "Figure 12 · True mergers and the score learnt from a hundred labels";
  const layout = frame({ title, subtitle: "mock, seed 0", width: 300, height: 300 });
  assert.match((layout.title as { text: string }).text, /<br>.*<br>/);
  assert.equal(figureTitle({ layout } as Figure), title);
  assert.equal(figureTitle({ layout: { title: "one<br />and <i>two</i>" } }), "one and two");
  assert.equal(figureTitle({ layout: {} }), "");
});

test("show: one bundle with the figure, a PNG and a text, and four files", { skip: noBrowser }, async (t) => {
  unattended(t);
  await show(figure);
  assert.equal(shown.length, 1);
  assert.deepEqual(Object.keys(shown[0]).sort(), [
    "application/vnd.plotly.v1+json",
    "image/png",
    "text/plain",
  ]);
  assert.equal(shown[0]["text/plain"], "Figure: Recall of mergers (out/figures/00-recall-of-mergers)");
  const png = await sharp(Buffer.from(String(shown[0]["image/png"]), "base64")).stats();
  assert.ok(png.entropy > 0.1, "the picture is not blank");
  const file = (extension: string) =>
    readFile(join(folder, "out/figures", `00-recall-of-mergers.${extension}`));
  const { width, height } = await sharp(await file("png")).metadata();
  assert.deepEqual([width, height], [600, 450]); // 1.5 device pixels for each pixel
  assert.match((await file("svg")).toString(), /^<svg[\s\S]*Recall of mergers/);
  assert.equal((await file("pdf")).subarray(0, 5).toString(), "%PDF-");
  assert.equal(JSON.parse((await file("json")).toString()).data[0].y[0], 0.123456789);
});

test("a figure with images of the sky is a JPEG in the notebook, in their colours; its file is a PNG as ever", {
  skip: noBrowser,
}, async (t) => {
  unattended(t);
  const red = await sharp({ create: { width: 60, height: 60, channels: 3, background: "#c02040" } })
    .png()
    .toBuffer();
  const source = `data:image/png;base64,${red.toString("base64")}`;
  const place = { xref: "paper", yref: "paper", x: 0, y: 1, sizex: 1, sizey: 1, sizing: "stretch" } as const;
  await show(
    { data: [], layout: { width: 300, height: 300, images: [{ source, ...place }] } },
    { name: "sky" },
  );
  assert.ok(!("image/png" in shown[0]));
  const jpeg = sharp(Buffer.from(String(shown[0]["image/jpeg"]), "base64"));
  assert.equal((await jpeg.metadata()).width, 450);
  const { data } = await jpeg
    .extract({ left: 220, top: 220, width: 1, height: 1 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (const [k, value] of [0xc0, 0x20, 0x40].entries())
    assert.ok(Math.abs(data[k] - value) < 4, `${[...data]}`);
  assert.equal((await sharp(join(folder, "out/figures/sky.png")).metadata()).format, "png");
});

test("show: a second figure of the same title gets its own files; a bad name is refused", {
  skip: noBrowser,
}, async (t) => {
  unattended(t);
  await show(figure);
  assert.ok((await readFile(join(folder, "out/figures/00-recall-of-mergers-2.png"))).length > 0);
  await assert.rejects(show(figure, { name: "../elsewhere" }), /cannot name a figure's files/);
  await assert.rejects(show({ layout: {} } as never), /no data list/);
});

test("whoever sits at the notebook sees the figure at once, and the PNG joins it", {
  skip: noBrowser,
}, async () => {
  await show(figure, { name: "at-once" });
  assert.deepEqual(Object.keys(shown[0]).sort(), ["application/vnd.plotly.v1+json", "text/plain"]);
  for (const task of beforeExit) await task(); // as the kernel does
  assert.equal(shown.length, 2);
  assert.ok(String(shown[1]["image/png"]).length > 1000);
  assert.ok((await readFile(join(folder, "out/figures/at-once.pdf"))).length > 0);
});

test("for print: dots, millimetres and points as asked, and its JSON file gives the same again", {
  skip: noBrowser,
}, async (t) => {
  unattended(t);
  const bounds = Array.from({ length: 20 }, (_, i) => -1 / (i + 1));
  const print = { widthMillimetres: 84, dpi: 300, fontSize: 9, palette: ["#123456"] };
  await show(boundCurve({ title: "The bound", bounds }), { name: "print", ...print });
  const file = (extension: string) => join(folder, "out/figures", `print.${extension}`);
  const { width, density } = await sharp(file("png")).metadata();
  // 84 mm are 3.307 inches; 300 dots to the inch are 11.81 to the millimetre.
  assert.ok(Math.abs(width - 992) <= 1 && Math.abs(density! - 300) < 1, `${width} px, ${density} dpi`);
  assert.match(await readFile(file("svg"), "utf8"), /^<svg[^>]* width="84mm" height="[\d.]+mm"/);
  const box = /MediaBox \[0 0 ([\d.]+) /.exec(await readFile(file("pdf"), "latin1"));
  assert.ok(Math.abs(Number(box?.[1]) - (84 / 25.4) * 72) < 1.5, `the page is ${box?.[1]} points wide`);
  const figure = JSON.parse(await readFile(file("json"), "utf8"));
  assert.ok(Math.abs((figure.layout.font.size / figure.layout.width) * 84 * (72 / 25.4) - 9) < 0.2);
  assert.equal(figure.data[0].line.color, "#123456");
  const [again] = (await exportFigure("print-again", figure)).filter((path) => path.endsWith(".png"));
  assert.equal((await sharp(again).metadata()).width, width);
  await assert.rejects(
    show(figure, { widthMillimetres: 8.4 }),
    /widthMillimetres is 8.4; give a number from 20/,
  );
  const tree = decisionTreeFigure({ title: "The questions" });
  await assert.rejects(show(tree, { widthMillimetres: 84 }), /"The questions" .*: give it 89 millimetres/);
});

test("showTable: HTML with text escaped, aligned plain text, long tables counted", () => {
  showTable(
    [
      { name: "a<b", accuracy: 0.831249 },
      { name: "c", accuracy: 1 },
    ],
    { maxRows: 1 },
  );
  assert.match(String(shown[0]["text/html"]), /a&lt;b/);
  assert.equal(shown[0]["text/plain"], "name  accuracy\n----  --------\na<b     0.8312\n1 more rows");
  showTable({ columns: ["n"], values: [[1], [2]] });
  assert.equal(shown[1]["text/plain"], "n\n-\n1\n2");
  const said = "a sentence about the weights";
  showTable([
    { paper: 4, here: 240 },
    { paper: "in words", here: said },
  ]);
  const lines = [
    "   paper  here",
    `--------  ${"-".repeat(said.length)}`,
    "       4  240",
    `in words  ${said}`,
  ];
  assert.equal(shown[2]["text/plain"], lines.join("\n"));
});
