import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { testBrowser } from "../../browser.js";
import { scratch } from "../../scratch.js";
import { makeNotebook } from "../kernel/make-notebook.js";
import { type JupyterServer, noJupyterPage, startJupyter } from "./jupyter-server.js";

const skip = noJupyterPage();
let server: JupyterServer | null = null;
after(() => server?.stop());

/** What a person does: opens a notebook in the classic Jupyter page, "Run All", looks at the figures. */
test("a notebook runs in the Jupyter page and its figures are drawn", {
  skip,
  timeout: 180_000,
}, async () => {
  const folder = scratch();
  await mkdir(join(folder, "notebooks"));
  await makeNotebook(join(folder, "notebooks", "page.ipynb"), [
    'import { progress } from "./lib/notebook/progress.js";\nimport { show } from "./lib/notebook/show.js";',
    [
      'const bar = progress("Counting", 3);',
      "for (let i = 1; i <= 3; i++) bar(i);",
      "bar.done();",
      'await show({ data: [{ type: "scatter", x: [1, 2, 3], y: [2, 1, 3] }], layout: { title: { text: "A line" } } });',
    ].join("\n"),
    'await show({ data: [{ type: "violin", y: [1, 2, 2, 3, 3, 3, 4] }], layout: { title: { text: "A violin" } } });',
    'console.log("the last cell");',
  ]);
  server = await startJupyter(folder);
  const page = await (await testBrowser()).newPage({ viewport: { width: 1200, height: 1600 } });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(server.page("notebooks/page.ipynb"));
  await page.waitForFunction("window.Jupyter?.notebook?.kernel?.is_connected()", null, { timeout: 60_000 });
  await page.evaluate("Jupyter.notebook.execute_all_cells()");
  const finished =
    "Jupyter.notebook.get_cells().every((c) => c.cell_type !== 'code' || c.input_prompt_number > 0)";
  await page.waitForFunction(finished, null, { timeout: 90_000 });
  await page.waitForFunction("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 2");
  if (process.env.LATENT_SKY_SCREENSHOT) await page.screenshot({ path: process.env.LATENT_SKY_SCREENSHOT });
  assert.equal(await page.locator(".output_error").count(), 0);
  assert.equal(await page.locator(".js-plotly-plot").count(), 2);
  const line = await page.locator(".js-plotly-plot .scatterlayer path.js-line").first().boundingBox();
  assert.ok(line && line.width > 100, "the line of the first figure has an extent");
  assert.ok((await page.locator(".js-plotly-plot .violinlayer path").count()) > 0);
  assert.match(await page.locator(".output_text").first().innerText(), /Counting \[#{20}\] 100%/);
  assert.match(await page.locator(".output_stdout").last().innerText(), /the last cell/);
  assert.deepEqual(errors, []);
});
