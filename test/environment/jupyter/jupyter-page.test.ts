import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { testBrowser } from "../../browser.js";
import { scratch } from "../../scratch.js";
import { makeNotebook } from "../kernel/make-notebook.js";
import { frontEnds, type JupyterServer, noJupyterPage, runAllCells, startJupyter } from "./jupyter-server.js";

const servers: JupyterServer[] = [];
after(() => Promise.all(servers.map((server) => server.stop())));

const cells = [
  [
    'import { progress } from "./lib/notebook/progress.js";',
    'import { show } from "./lib/notebook/show.js";',
    'import { slider } from "./lib/notebook/slider.js";',
  ].join("\n"),
  [
    'const bar = progress("Counting", 3);',
    "for (let i = 1; i <= 3; i++) bar(i);",
    "bar.done();",
    'await show({ data: [{ type: "scatter", x: [1, 2, 3], y: [2, 1, 3] }], layout: { title: { text: "A line" } } });',
  ].join("\n"),
  'await show({ data: [{ type: "violin", y: [1, 2, 2, 3, 3, 3, 4] }], layout: { title: { text: "A violin" } } });',
  [
    'const power = await slider({ label: "power", min: 1, max: 5, step: 1, value: 2 }, (p) => {',
    '  if (p === 5) throw new Error("five is too much");',
    '  return { data: [{ type: "bar", y: [1, p] }], layout: { title: { text: "Power " + p } } };',
    "});",
  ].join("\n"),
  'console.log("the last cell");',
];

/** Moves the slider as a hand does: the page hears `input` for each step. */
async function move(page: Page, value: number): Promise<void> {
  await page.locator("input[type=range]").evaluate((input, to) => {
    (input as HTMLInputElement).value = String(to);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

/** The figure whose title is this. */
const titled = (page: Page, title: string) => page.locator("svg .gtitle", { hasText: title });

/** What a person does: opens a notebook, "Run All", looks at the figures, drags, reloads, comes back another day. */
for (const which of frontEnds)
  test(`a notebook runs in ${which}, its figures are drawn and its slider moves`, {
    skip: noJupyterPage(which),
    timeout: 240_000,
  }, async () => {
    const folder = scratch();
    await mkdir(join(folder, "notebooks"));
    await makeNotebook(join(folder, "notebooks", "page.ipynb"), cells);
    const server = await startJupyter(folder, which);
    servers.push(server);
    const page = await (await testBrowser()).newPage({ viewport: { width: 1200, height: 2400 } });
    const errors: string[] = [];
    // Lab asks kernels for a debugger and reports where there is none; what counts is what is drawn by us.
    page.on("pageerror", (error) => {
      if (/latent-sky|plotly/.test(error.stack ?? "")) errors.push(error.message);
    });
    page.on("dialog", (dialog) => void dialog.accept()); // "leave this page?" on reload
    await page.goto(server.page("notebooks/page.ipynb"));
    await runAllCells(page, which);
    await page.getByText("the last cell", { exact: true }).waitFor({ timeout: 120_000 });
    await page.waitForFunction("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 3");
    const plots = page.locator(".js-plotly-plot");
    assert.equal(await plots.count(), 3);
    const line = await page.locator(".js-plotly-plot .scatterlayer path.js-line").first().boundingBox();
    assert.ok(line && line.width > 100, "the line of the first figure has an extent");
    assert.ok((await page.locator(".js-plotly-plot .violinlayer path").count()) > 0);
    assert.ok(await page.getByText(/Counting \[#{20}\] 100%/).count(), "the progress bar is one line");

    const input = page.locator("input[type=range]:enabled");
    await input.waitFor();
    await titled(page, "Power 2").waitFor();
    await move(page, 4);
    await titled(page, "Power 4").waitFor();
    await move(page, 5);
    await page.getByRole("status").filter({ hasText: "five is too much" }).waitFor();
    await move(page, 3);
    await titled(page, "Power 3").waitFor();
    assert.equal(await page.getByRole("status").filter({ hasText: "five" }).count(), 0);
    if (process.env.LATENT_SKY_SCREENSHOT)
      await page.screenshot({ path: `${process.env.LATENT_SKY_SCREENSHOT}-${which}.png` });

    // Saved and loaded again beside the same kernel: the slider stands where it was left.
    const save =
      which === "classic"
        ? "Jupyter.notebook.save_notebook()"
        : 'jupyterapp.commands.execute("docmanager:save")';
    await page.evaluate(save);
    await page.reload();
    await titled(page, "Power 3").waitFor({ timeout: 60_000 });
    await page.locator("input[type=range]:enabled").waitFor();

    // Another day, another kernel: the saved figure stands and the page says so.
    const sessions = (await (await fetch(server.api("api/sessions"))).json()) as { id: string }[];
    for (const { id } of sessions)
      assert.ok((await fetch(server.api(`api/sessions/${id}`), { method: "DELETE" })).ok);
    await page.reload();
    await page.getByText("The slider stands still").waitFor({ timeout: 60_000 });
    await titled(page, "Power 2").waitFor();
    assert.equal(await page.locator("input[type=range]:disabled").count(), 1);
    assert.deepEqual(errors, []);
    await page.close();
  });
