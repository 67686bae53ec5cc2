import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  installedFrom,
  installKernel,
  prefixPlace,
  searchedPlaces,
  uninstallKernel,
  userPlace,
} from "../jupyter/installed-kernel.js";
import { exitWith } from "./exit-with.js";
import { usage } from "./usage.js";

/** `npm run kernel` after the set-up. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      user: { type: "boolean", default: false },
      prefix: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [verb = "", ...rest] = positionals;
  if (values.help || !["install", "uninstall", "list"].includes(verb) || rest.length) {
    console.log(usage("kernel"));
    return values.help ? 0 : 2;
  }
  if (values.user && values.prefix !== undefined) throw new Error("Give --user or --prefix, not both.");
  // A path is meant from where the person stands; npm itself moves to the project's root and leaves INIT_CWD.
  const place =
    values.prefix === undefined
      ? userPlace()
      : prefixPlace(resolve(process.env.INIT_CWD ?? ".", values.prefix));
  if (verb === "list") return list();
  const paths = await (verb === "install" ? installKernel : uninstallKernel)(place);
  for (const path of paths) console.log(`${verb === "install" ? "written" : "removed"}  ${path}`);
  if (verb === "uninstall" && !paths.length) console.log(`Nothing to remove in ${place.data}.`);
  if (verb === "install")
    console.log('Choose "TypeScript (latent-sky)" and begin with: import { show } from "latent-sky";');
  return 0;
}

async function list(): Promise<number> {
  let found = 0;
  for (const { data } of searchedPlaces()) {
    const from = await installedFrom(data);
    if (!from) continue;
    found++;
    const missing = [from.node, from.launcher].filter((file) => !existsSync(file));
    const state = missing.length ? `broken, install it again: there is no ${missing.join(", no ")}` : "ready";
    console.log(`${data}/kernels: ${state} (${from.launcher})`);
  }
  if (!found) console.log("The kernel is not installed; npm run lab has it without.");
  return 0;
}

exitWith(main());
