import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { jupyterEnvironment } from "../../environment/jupyter-folders.js";
import { onPath } from "../../environment/system.mjs";
import { chromiumFlags, findChromium } from "../../lib/notebook/chromium-page.js";
import { makeNotebook, scratchFolder } from "../notebook/make-notebook.js";

const jupyter = onPath("jupyter-notebook");
const skip = !jupyter
  ? "jupyter-notebook is not installed: notebooks run without it"
  : !findChromium()
    ? "no Chromium or Chrome on this machine"
    : false;

let server: ChildProcess | null = null;
let folder = "";
after(async () => {
  if (server && server.exitCode === null) {
    server.kill("SIGKILL");
    await new Promise((r) => server?.once("exit", r));
  }
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** What a person does: opens a notebook in the classic Jupyter page, "Run All", looks at the figures. */
test("a notebook runs in the Jupyter page and its figures are drawn", {
  skip,
  timeout: 180_000,
}, async () => {
  folder = await scratchFolder();
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
  const port = await freePort();
  const args = [
    `--port=${port}`,
    "--ip=127.0.0.1",
    "--no-browser",
    "--NotebookApp.token=test",
    "--allow-root",
  ];
  const env = { ...process.env, ...(await jupyterEnvironment(join(folder, "jupyter"))) };
  server = spawn(jupyter as string, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  await answers(`http://127.0.0.1:${port}/api?token=test`, server);

  const browser = await chromium.launch({ executablePath: findChromium() as string, args: chromiumFlags });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${port}/notebooks/notebooks/page.ipynb?token=test`);
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
  } finally {
    await browser.close();
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Waits until the server answers; fails with its last words when it ended instead. */
async function answers(url: string, process: ChildProcess): Promise<void> {
  let log = "";
  process.stderr?.on("data", (chunk) => {
    log = (log + chunk.toString()).slice(-2000);
  });
  for (let i = 0; i < 240; i++) {
    if (process.exitCode !== null) throw new Error(`Jupyter ended at once:\n${log}`);
    if (
      await fetch(url).then(
        (r) => r.ok,
        () => false,
      )
    )
      return;
    await new Promise((r) => setTimeout(r, 250));
  }
  throw new Error(`Jupyter did not answer within a minute:\n${log}`);
}
