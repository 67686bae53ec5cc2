import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// This file stands in `lib` of a checkout, as TypeScript run by tsx, or in `dist` of the package, compiled.
const here = fileURLToPath(import.meta.url);
const source = dirname(here);
const extension = here.endsWith(".ts") ? ".ts" : ".js";

/** True where the library runs from a checkout of the project, false where it is a dependency of another one. */
export const isCheckout = basename(source) === "lib";

/** A path within this package, wherever it is installed and whatever the working directory: `packageRoot("data")`. */
export function packageRoot(...parts: string[]): string {
  return join(dirname(source), ...parts);
}

/** The file of a module of this library, by its path without extension, for what must be started by a file's name. */
export function moduleFile(name: string): string {
  return join(source, `${name}${extension}`);
}

/** Loads a package that this one depends on, where an `import` would load it too early or for nothing. */
export const requirePackage = createRequire(here);
