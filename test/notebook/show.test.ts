import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import sharp from "sharp";
import { type Figure, frame } from "../../lib/figures/figure.js";
import { closeFigurePage } from "../../lib/notebook/chromium-page.js";
import { figureSpec } from "../../lib/notebook/figure-spec.js";
import { figureTitle } from "../../lib/notebook/figure-title.js";
import { type MimeBundle, setNotebookHost } from "../../lib/notebook/host.js";
import { show } from "../../lib/notebook/show.js";
import { showTable } from "../../lib/notebook/show-table.js";
import { noBrowser } from "../browser.js";
import { scratch } from "../scratch.js";

const folder = scratch();
let shown: MimeBundle[] = [];
before(() => {
  const signal = new AbortController().signal;
  setNotebookHost({ display: (data) => shown.push(data), signal, beforeExit: () => {} });
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
});

test("the title of a figure: all its lines, without markup and subtitle", () => {
  const title = "Figure 12 · True mergers and the score learnt from a hundred labels";
  const layout = frame({ title, subtitle: "mock, seed 0", width: 300, height: 300 });
  assert.match((layout.title as { text: string }).text, /<br>.*<br>/);
  assert.equal(figureTitle({ layout } as Figure), title);
  assert.equal(figureTitle({ layout: { title: "one<br />and <i>two</i>" } }), "one and two");
  assert.equal(figureTitle({ layout: {} }), "");
});

test("show: one bundle with the figure, a PNG and a text, and four files", { skip: noBrowser }, async () => {
  await show(figure);
  assert.equal(shown.length, 1);
  assert.deepEqual(Object.keys(shown[0]).sort(), [
    "application/vnd.plotly.v1+json",
    "image/png",
    "text/plain",
  ]);
  assert.equal(shown[0]["text/plain"], "Figure: Recall of mergers (out/figures/recall-of-mergers)");
  const png = await sharp(Buffer.from(String(shown[0]["image/png"]), "base64")).stats();
  assert.ok(png.entropy > 0.1, "the picture is not blank");
  const file = (extension: string) => readFile(join(folder, "out/figures", `recall-of-mergers.${extension}`));
  const { width, height } = await sharp(await file("png")).metadata();
  assert.deepEqual([width, height], [600, 450]); // 1.5 device pixels for each pixel
  assert.match((await file("svg")).toString(), /^<svg[\s\S]*Recall of mergers/);
  assert.equal((await file("pdf")).subarray(0, 5).toString(), "%PDF-");
  assert.equal(JSON.parse((await file("json")).toString()).data[0].y[0], 0.123456789);
});

test("show: a second figure of the same title gets its own files; a bad name is refused", {
  skip: noBrowser,
}, async () => {
  await show(figure);
  assert.ok((await readFile(join(folder, "out/figures/recall-of-mergers-2.png"))).length > 0);
  await assert.rejects(show(figure, { name: "../elsewhere" }), /cannot name a figure's files/);
  await assert.rejects(show({ layout: {} } as never), /no data list/);
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
});
