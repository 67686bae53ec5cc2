import assert from "node:assert/strict";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readNotebook } from "../../../environment/runner/notebook-file.js";
import { testBrowser } from "../../browser.js";
import { scratch } from "../../scratch.js";
import { type JupyterServer, noJupyterPage, startJupyter } from "./jupyter-server.js";

const mime = "application/vnd.plotly.v1+json";
const skip = noJupyterPage();
const names = (await readdir("notebooks")).filter((name) => name.endsWith(".ipynb")).sort();
let server: JupyterServer;

before(async () => {
  if (skip) return;
  const folder = scratch();
  for (const name of names) await copyFile(join("notebooks", name), join(folder, name));
  server = await startJupyter(folder);
});
after(async () => {
  await server?.stop();
});

interface Drawn {
  svg: boolean;
  width: number;
  height: number;
  /** What stands in the plot: points, lines, cells of a heatmap, images. */
  marks: number;
}

// The outputs that are stored, as a reader meets them who opens the notebook and runs nothing.
for (const name of names)
  test(`every figure of ${name} is drawn in the classic notebook page`, {
    skip,
    timeout: 120_000,
  }, async () => {
    const { cells } = await readNotebook(join("notebooks", name));
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    const expected = outputs.filter((o) => "data" in o && mime in o.data).length;
    assert.ok(expected > 0, "a notebook shows figures");
    const page = await (await testBrowser()).newPage({ viewport: { width: 1200, height: 1000 } });
    try {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && /plotly/i.test(message.text() + message.location().url))
          errors.push(message.text());
      });
      // No kernel: nothing is run, and eleven of them would take the machine.
      await page.route("**/api/sessions*", (route) => route.abort());
      await page.goto(server.page(name));
      await page.waitForFunction("window.Jupyter?.notebook?._fully_loaded", null, { timeout: 60_000 });
      await page.waitForFunction(
        (n) => document.querySelectorAll(".output_area .js-plotly-plot svg.main-svg .infolayer").length >= n,
        expected,
        { timeout: 60_000 },
      );
      // As text: what runs in the page must not be touched by the compiler of the test.
      const drawn = (await page.evaluate(`[...document.querySelectorAll(".js-plotly-plot")].map((plot) => {
        const { width, height } = plot.getBoundingClientRect();
        const marks = plot.querySelectorAll("path.point, path.js-line, .hm image, .imagelayer image, .layer-above image, .violinlayer path, .shapelayer path, .bars path").length;
        return { svg: plot.querySelector("svg.main-svg") !== null, width, height, marks };
      })`)) as Drawn[];
      assert.equal(drawn.length, expected);
      for (const [i, plot] of drawn.entries()) {
        assert.ok(
          plot.svg && plot.width > 300 && plot.height > 150,
          `figure ${i + 1}: ${JSON.stringify(plot)}`,
        );
        assert.ok(plot.marks > 0, `figure ${i + 1} is empty`);
      }
      assert.equal(await page.locator(".output_error").count(), 0);
      assert.deepEqual(errors, []);
    } finally {
      await page.close();
    }
  });
