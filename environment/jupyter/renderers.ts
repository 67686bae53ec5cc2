import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { packageRoot, requirePackage } from "../../lib/package-root.js";

const extension = "latent-sky-plotly";

/**
 * Puts what draws figures and sliders where Jupyter looks for it: below `data` (`share/jupyter` of a prefix) for
 * JupyterLab, Notebook 7 and the classic page, which is told by a file below `config` (`etc/jupyter`) to load it.
 * Returns the folders and files that are only ours.
 */
export async function placeRenderers(data: string, config: string): Promise<string[]> {
  const plotly = await readFile(requirePackage.resolve("plotly.js-dist-min/plotly.min.js"));
  const [lab, classic, enabled] = rendererPlaces(data, config);
  await bundle("lab.ts", join(lab, "static", "remoteEntry.js"));
  await atomicWrite(join(lab, "static", "plotly.min.js"), plotly);
  const parts = { extension: "./extension", mimeExtension: "./mimeExtension" };
  await writeJson(join(lab, "package.json"), {
    name: extension,
    version: "0.1.0",
    description: "Draws plotly figures and sliders in notebook outputs",
    license: "MIT",
    jupyterlab: {
      extension: true,
      mimeExtension: true,
      _build: { load: "static/remoteEntry.js", ...parts },
    },
  });
  await bundle("classic.ts", join(classic, "main.js"));
  await atomicWrite(join(classic, "plotly.min.js"), plotly);
  await writeJson(enabled, { load_extensions: { [`${extension}/main`]: true } });
  return rendererPlaces(data, config);
}

/** What `placeRenderers` makes. */
export function rendererPlaces(data: string, config: string): string[] {
  return [
    join(data, "labextensions", extension),
    join(data, "nbextensions", extension),
    join(config, "nbconfig", "notebook.d", `${extension}.json`),
  ];
}

async function bundle(page: string, path: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [packageRoot("environment/jupyter/page", page)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
  });
  await atomicWrite(path, outputFiles[0].contents);
}

/** A file of Jupyter's configuration. */
export async function writeJson(path: string, value: object): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(value, null, 1)}\n`);
}
