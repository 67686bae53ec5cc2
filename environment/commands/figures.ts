import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { paths } from "../../lib/files/paths.js";
import { closeFigurePage } from "../../lib/notebook/chromium-page.js";
import { exportFigure } from "../../lib/notebook/export-figure.js";
import { exitWith } from "./exit-with.js";

/** `npm run figures`: draws PNG, SVG and PDF of every figure kept as JSON in out/figures, without running a notebook. */
async function main(): Promise<number> {
  const folder = paths.out("figures");
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  if (!files.length) {
    console.error(`There are no figures in ${folder} yet: npm run reproduce makes them.`);
    return 1;
  }
  let drawn = 0;
  for (const file of files) {
    const written = await exportFigure(
      basename(file, ".json"),
      JSON.parse(await readFile(join(folder, file), "utf8")),
    );
    if (written.length > 1) drawn++;
  }
  await closeFigurePage();
  console.log(`${drawn} of ${files.length} figures drawn as PNG, SVG and PDF in ${folder}.`);
  return drawn === files.length ? 0 : 1;
}

exitWith(main());
