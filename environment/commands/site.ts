import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { paths } from "../../lib/files/paths.js";
import { writeReference } from "../site/reference.js";
import { buildSite } from "../site/site.js";
import { siteSources } from "../site/sources.js";
import { exitWith } from "./exit-with.js";

const usage = `Writes the notebooks, as they were run, and the library's reference as a static site to out/site. It needs no network
to view.

  npm run site -- [--from FOLDER]

  --from FOLDER   take the notebooks of this folder; by default those of the last run (out/notebooks),
                  and for what was not run those in notebooks
`;

/** `npm run site` after the set-up. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { from: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    console.log(usage);
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
