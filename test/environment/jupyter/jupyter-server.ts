import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { jupyterEnvironment } from "../../../environment/jupyter/jupyter-folders.js";
import { onPath } from "../../../lib/files/on-path.mjs";
import { noBrowser } from "../../browser.js";

/** Why no notebook page can be opened here, or false: for a test's `skip`. */
export function noJupyterPage(): string | false {
  if (!onPath("jupyter-notebook")) return "jupyter-notebook is not installed: notebooks run without it";
  return noBrowser;
}

export interface JupyterServer {
  /** The classic page of a notebook, by its path below the folder. */
  page(notebook: string): string;
  stop(): Promise<void>;
}

/** Starts the classic Jupyter server as `npm run lab` does, on a folder of notebooks, with a configuration of its own. */
export async function startJupyter(folder: string): Promise<JupyterServer> {
  const port = await freePort();
  const args = [
    `--port=${port}`,
    "--ip=127.0.0.1",
    "--no-browser",
    "--NotebookApp.token=test",
    "--allow-root",
  ];
  const env = { ...process.env, ...(await jupyterEnvironment(join(folder, "jupyter"))) };
  const server = spawn(onPath("jupyter-notebook") as string, args, {
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
  for (let i = 0; i < 240; i++) {
    if (server.exitCode !== null) throw new Error(`Jupyter ended at once:\n${log}`);
    const ready = await fetch(`http://127.0.0.1:${port}/api?token=test`).then(
      (r) => r.ok,
      () => false,
    );
    if (ready)
      return {
        page: (notebook) => `http://127.0.0.1:${port}/notebooks/${notebook}?token=test`,
        stop,
      };
    await new Promise((r) => setTimeout(r, 250));
  }
  await stop();
  throw new Error(`Jupyter did not answer within a minute:\n${log}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
