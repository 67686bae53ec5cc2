// Plain Node: the set-up runs this before node_modules exist.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of `names` on PATH that can be run, or null. */
export function onPath(...names) {
  for (const folder of (process.env.PATH ?? "").split(delimiter))
    for (const name of names) if (canRun(join(folder, name))) return join(folder, name);
  return null;
}

/** Whether a file is there and may be run. */
export function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
