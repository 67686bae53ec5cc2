import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Prepares `.jupyter/` in the project's root and returns the environment that makes Jupyter use it: kernel, plotly
 * renderer, configuration, signatures and sockets are the project's own, and nothing of the user's is read or changed.
 */
export async function jupyterEnvironment(folder = resolve(".jupyter")): Promise<Record<string, string>> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const extension = at("data", "nbextensions", "latent-sky-plotly");
  await mkdir(extension, { recursive: true });
  await mkdir(at("config", "nbconfig"), { recursive: true });
  await mkdir(at("runtime"), { recursive: true, mode: 0o700 });
  await copyFile(resolve("environment/jupyter/plotly-renderer.js"), join(extension, "main.js"));
  await copyFile(resolve("node_modules/plotly.js-dist-min/plotly.min.js"), join(extension, "plotly.min.js"));
  const enabled = { load_extensions: { "latent-sky-plotly/main": true } };
  await writeFile(at("config", "nbconfig", "notebook.json"), `${JSON.stringify(enabled, null, 1)}\n`);
  return {
    JUPYTER_PATH: resolve("environment/jupyter"),
    JUPYTER_CONFIG_DIR: at("config"),
    JUPYTER_DATA_DIR: at("data"),
    JUPYTER_RUNTIME_DIR: at("runtime"),
    IPYTHONDIR: at("ipython"),
  };
}
