import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { readLabels } from "../../../lib/discovery/label-file.js";
import { testBrowser } from "../../browser.js";
import { scratch } from "../../scratch.js";
import { makeNotebook } from "../kernel/make-notebook.js";
import { type JupyterServer, noJupyterPage, startJupyter } from "./jupyter-server.js";

const skip = noJupyterPage();
let server: JupyterServer | null = null;
after(() => server?.stop());

/** Runs the cells in order and waits until those before the last have ended; the last waits for the person. */
async function runAll(page: Page): Promise<void> {
  await page.waitForFunction("window.Jupyter?.notebook?.kernel?.is_connected()", null, { timeout: 60_000 });
  await page.evaluate("Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells()");
  await page.waitForSelector(".output_html iframe", { timeout: 60_000 });
}

/** The panel inside the page's output. */
function panel(page: Page) {
  const inside = page.frameLocator(".output_html iframe");
  const current = async (id: string) => {
    await inside.locator("#id", { hasText: id }).waitFor();
    await inside.locator("#picture:not(.loading)").waitFor();
  };
  return { inside, current };
}

test("a person labels inside the Jupyter page; reload and kill -9 of the kernel lose no label", {
  skip,
  timeout: 240_000,
}, async () => {
  const folder = scratch();
  const file = join(folder, "labels.jsonl");
  await makeNotebook(join(folder, "label.ipynb"), [
    'import { label } from "./lib/notebook/label.js";\nimport { coloured } from "./test/notebook/label-images.js";\nconsole.log("kernel", process.pid);',
    `const panel = await label({ images: coloured, file: ${JSON.stringify(file)}, question: "A merger?" });`,
    "const scores = await panel.oracle([10, 11, 12, 13], 0);\nawait panel.close();\nscores.join()",
  ]);
  server = await startJupyter(folder);
  const page = await (await testBrowser()).newPage({ viewport: { width: 1200, height: 1400 } });
  page.on("dialog", (dialog) => void dialog.accept()); // "leave this page?" on reload
  await page.goto(server.page("label.ipynb"));
  await runAll(page);
  const { inside, current } = panel(page);

  await current("J1010");
  assert.equal(await inside.locator("h1").innerText(), "A merger?");
  await inside.locator('#scores button[data-score="4"]').click();
  await current("J1011");
  await page.keyboard.press("2"); // the click gave the panel the keyboard
  await current("J1012");
  await page.keyboard.press("u");
  await current("J1011");
  await page.keyboard.press("1");
  await current("J1012");
  const given = [
    ["J1010", 4],
    ["J1011", 1],
  ];
  assert.deepEqual([...(await readLabels(file))], given);
  const pid = /kernel (\d+)/.exec(await page.locator(".output_stdout").first().innerText())?.[1];

  // The page is saved and loaded again while the kernel waits for the person: the panel stands where it stood.
  await page.evaluate("Jupyter.notebook.save_notebook()");
  await page.waitForFunction("Jupyter.notebook.dirty === false");
  await page.reload();
  await current("J1012");
  assert.deepEqual([...(await readLabels(file))], given);

  // kill -9 right after an answer was acknowledged.
  await inside.locator('#scores button[data-score="5"]').click();
  await current("J1013");
  process.kill(Number(pid), "SIGKILL");
  given.push(["J1012", 5]);
  await inside.locator("#note.error", { hasText: "Labels given so far are safe" }).waitFor();
  assert.deepEqual([...(await readLabels(file))], given);

  // Jupyter starts another kernel; the same cells go on with the image that has no answer yet.
  await page.locator(".modal-dialog", { hasText: "restart automatically" }).waitFor({ timeout: 60_000 });
  await page.reload();
  await runAll(page);
  await current("J1013");
  await inside.locator('#scores button[data-score="0"]').click();
  await page.locator(".output_text", { hasText: "4,1,5,0" }).waitFor({ timeout: 30_000 });
  given.push(["J1013", 0]);
  assert.deepEqual([...(await readLabels(file))], given);
});
