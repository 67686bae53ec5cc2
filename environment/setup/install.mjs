/**
 * What npm runs where latent-sky is installed as another project's dependency: builds the native addons with the
 * libraries that are there. It installs nothing on the system and never fails: what is missing is named together with
 * what is lost, and the library goes on without it.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAddons } from "./addons.mjs";
import { sayMissing } from "./say-missing.mjs";
import { tools } from "./system.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

sayMissing(
  tools.filter((tool) => tool.addons && !tool.present()),
  "npm rebuild latent-sky",
  say,
);
buildAddons(resolve(dirname(fileURLToPath(import.meta.url)), "../.."), say);
