import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { packageRoot } from "../../package-root.js";

/**
 * A native addon by the folder of its binding.gyp, given from the package's root: null where it was not built, an
 * Error in a few words where it is there but does not load. The type is the caller's word for what the addon exports.
 */
export function loadAddon<Addon>(folder: string, name = basename(folder)): Addon | null {
  const file = packageRoot(folder, "build/Release", `${name}.node`);
  if (!existsSync(file)) return null;
  waitWithoutSpinning();
  try {
    // createRequire keeps this working where the notebook kernel runs modules as CommonJS.
    return createRequire(file)(file) as Addon;
  } catch (error) {
    throw new Error(`its addon does not load (${(error as Error).message.split("\n")[0]})`);
  }
}

/**
 * How the native threads wait for each other. libgomp's threads spin for a while by default, which on a machine that
 * does anything else makes a training step 5-20 times slower; a short spin costs about 2 % on an idle one. libgomp
 * reads the variable when the first addon is loaded; a value set by the user stays.
 */
function waitWithoutSpinning(): void {
  process.env.GOMP_SPINCOUNT ??= "1000";
}
