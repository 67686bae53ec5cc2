import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { isCheckout, moduleFile, packageRoot } from "../package-root.js";

/** Packages with binaries of their own, found where they are installed. */
const external = ["sharp", "hnswlib-node", "@tensorflow/tfjs-backend-wasm", "yauzl", "ml-pca"];

/**
 * `survey-task` and all that it needs as one file of the cache, which starts in a third of the time: 470 files are not
 * asked of the disk that a cluster shares. Made anew when the code has changed. It stays within the project, where
 * Node finds the packages that have binaries. An installed package is compiled already and is started as it is.
 */
export async function bundledTask(): Promise<string> {
  if (!isCheckout) return moduleFile("survey/survey-task");
  const { build } = await import("esbuild");
  const result = await build({
    entryPoints: [moduleFile("survey/survey-task")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    external,
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "where each module stood",
        setup({ onLoad }) {
          // Addons and workers are found beside the file that asks for them, which the bundle is not.
          onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async ({ path }) => {
            const source = await readFile(path, "utf8");
            return {
              contents: source.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
              loader: "ts",
            };
          });
        },
      },
    ],
  });
  const code = result.outputFiles[0].text;
  const path = packageRoot("data", "cache", "bundles", `survey-task-${digest(code)}.mjs`);
  if (!existsSync(path)) await atomicWrite(path, code);
  return path;
}
