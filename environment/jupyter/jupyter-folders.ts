import { join, resolve } from "node:path";
import { makeFolder } from "../../lib/files/atomic-write.js";
import { packageRoot } from "../../lib/package-root.js";
import { placeRenderers, writeJson } from "./renderers.js";

/**
 * Prepares `.jupyter/` in the project's root and returns the environment that makes Jupyter use it: kernel, plotly
 * renderers, configuration, signatures and sockets are the project's own, and nothing of the user's is read or changed.
 */
export async function jupyterEnvironment(folder = resolve(".jupyter")): Promise<Record<string, string>> {
  const at = (...parts: string[]) => join(folder, ...parts);
  await makeFolder(at("runtime"), 0o700);
  await placeRenderers(at("data"), at("config"));
  const tree = { default_url: "/tree/notebooks" };
  // The classic page and Notebook 7 read the same file, each its own part.
  await writeJson(at("config", "jupyter_notebook_config.json"), {
    NotebookApp: tree,
    JupyterNotebookApp: tree,
  });
  await writeJson(at("config", "jupyter_lab_config.json"), {
    LabApp: { default_url: "/lab/tree/notebooks" },
  });
  // Two that draw the same outputs: which of them came last would decide. And no page asks the network for news.
  const disabledExtensions = {
    "jupyterlab-plotly": true,
    "@jupyterlab/apputils-extension:announcements": true,
  };
  await writeJson(at("config", "labconfig", "page_config.json"), { disabledExtensions });
  return {
    JUPYTER_PATH: packageRoot("environment/jupyter"),
    JUPYTER_CONFIG_DIR: at("config"),
    JUPYTER_DATA_DIR: at("data"),
    JUPYTER_RUNTIME_DIR: at("runtime"),
    JUPYTERLAB_SETTINGS_DIR: at("lab", "settings"),
    JUPYTERLAB_WORKSPACES_DIR: at("lab", "workspaces"),
    IPYTHONDIR: at("ipython"),
  };
}
