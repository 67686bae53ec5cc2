import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { paths } from "../../lib/files/paths.js";
import { writeReference } from "../site/reference.js";
import { buildSite } from "../site/site.js";
import { siteSources } from "../site/sources.js";
import { exitWith } from "./exit-with.js";
import { usage } from "./usage.js";

/** `npm run site` after the set-up. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { from: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    console.log(usage("site"));
    return 0;
  }
  const pages = await buildSite({
    notebooks: await siteSources(values.from),
    to: paths.out("site"),
    reference: writeReference,
  });
  const figures = pages.reduce((sum, page) => sum + page.figures.length, 0);
  const unrun = pages.filter((page) => !page.run);
  console.log(
    `${pages.length} notebooks with ${figures} figures: ${pathToFileURL(paths.out("site", "index.html"))}`,
  );
  if (unrun.length) {
    console.log(
      `Not run yet, so without figures: ${unrun.map((page) => page.notebook).join(", ")} (npm run reproduce runs them).`,
    );
  }
  return 0;
}

exitWith(main());
