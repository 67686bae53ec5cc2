import { readFileSync } from "node:fs";
import { packageRoot } from "../../lib/package-root.js";

/** What a command says of itself. It stands in a file beside it, for `--help` needs no package (setup/npm-run.mjs). */
export function usage(command: string): string {
  return readFileSync(packageRoot(`environment/commands/${command}.txt`), "utf8");
}
