import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { Page } from "playwright-core";
import { jupyterEnvironment } from "../../../environment/jupyter/jupyter-folders.js";
import { canRun } from "../../../lib/files/on-path.mjs";
import { noBrowser } from "../../browser.js";

/** The pages in which people work; JupyterLab and Notebook 7 are driven alike. */
export const frontEnds = ["classic", "notebook7", "lab"] as const;
export type FrontEnd = (typeof frontEnds)[number];

const found = new Map<FrontEnd, string>();
for (const folder of (process.env.PATH ?? "").split(delimiter)) {
  const [notebook, lab] = [join(folder, "jupyter-notebook"), join(folder, "jupyter-lab")];
  if (canRun(lab) && !found.has("lab")) found.set("lab", lab);
  if (!canRun(notebook)) continue;
  const version = spawnSync(notebook, ["--version"], { encoding: "utf8" }).stdout.trim();
  const which = Number.parseInt(version, 10) >= 7 ? "notebook7" : "classic";
  if (!found.has(which)) found.set(which, notebook);
}

/** Why no notebook page can be opened here, or false: for a test's `skip`. */
export function noJupyterPage(which: FrontEnd = "classic"): string | false {
  const names = { classic: "Notebook 6", notebook7: "Notebook 7", lab: "JupyterLab" };
  if (!found.has(which)) return `${names[which]} is not on PATH: notebooks run without it`;
  return noBrowser;
}

export interface JupyterServer {
  /** The page of a notebook, by its path below the folder. */
  page(notebook: string): string;
  /** The addresses under which the kernel and the files lie. */
  api(path: string): string;
  stop(): Promise<void>;
}

/** Starts Jupyter as `npm run lab` does, on a folder of notebooks, with a configuration of its own. */
export async function startJupyter(folder: string, which: FrontEnd = "classic"): Promise<JupyterServer> {
  const port = await freePort();
  const own = {
    classic: ["--NotebookApp.token=test"],
    notebook7: ["--IdentityProvider.token=test", "--JupyterNotebookApp.expose_app_in_browser=True"],
    lab: ["--IdentityProvider.token=test", "--LabApp.expose_app_in_browser=True"],
  };
  const args = [`--port=${port}`, "--ip=127.0.0.1", "--no-browser", "--allow-root", ...own[which]];
  const env = { ...process.env, ...(await jupyterEnvironment(join(folder, "jupyter"))) };
  const server = spawn(found.get(which) as string, args, {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr?.on("data", (chunk) => {
    log = (log + chunk.toString()).slice(-2000);
  });
  const stop = async () => {
    if (server.exitCode !== null) return;
    const ended = new Promise((r) => server.once("exit", r));
    // SIGTERM ends the kernels as well; a server that does not heed it is killed.
    server.kill("SIGTERM");
    const timer = setTimeout(() => server.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  };
  const at = (path: string) => `http://127.0.0.1:${port}/${path}?token=test`;
  for (let i = 0; i < 240; i++) {
    if (server.exitCode !== null) throw new Error(`Jupyter ended at once:\n${log}`);
    const ready = await fetch(at("api")).then(
      (r) => r.ok,
      () => false,
    );
    if (ready) {
      const page = (notebook: string) =>
        at(which === "lab" ? `lab/tree/${notebook}` : `notebooks/${notebook}`);
      return { page, api: at, stop };
    }
    await new Promise((r) => setTimeout(r, 250));
  }
  await stop();
  throw new Error(`Jupyter did not answer within a minute:\n${log}`);
}

/** Runs all cells of the open notebook, as "Run All" does, once its kernel is there. */
export async function runAllCells(page: Page, which: FrontEnd): Promise<void> {
  if (which === "classic") {
    await page.waitForFunction("window.Jupyter?.notebook?.kernel?.is_connected()", null, { timeout: 60_000 });
    await page.evaluate("Jupyter.notebook.execute_all_cells()");
    return;
  }
  // The command runs nothing while the kernel is still being started.
  const idle = `(() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.sessionContext?.session?.kernel?.status === "idle";
  })()`;
  await page.waitForFunction(idle, null, { timeout: 90_000 });
  await page.evaluate('void jupyterapp.commands.execute("notebook:run-all-cells")');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
