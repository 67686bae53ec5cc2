import { parseArgs } from "node:util";
import { saveTable } from "../data/tables/save-table.js";
import { studyOf, studyOptions, studyUsage } from "./study-options.js";

const usage = `Groups images and writes a table with a row for each: cluster, its probability, place in the plane.

  latent-sky clusters FOLDER --features FILE --out catalogue.parquet

  --out FILE        .parquet, .fits, .ecsv or .csv (default catalogue.parquet)
${studyUsage}`;

/** `latent-sky clusters`: `study.catalogue()` as a file. What was computed before is taken from the cache. */
export async function clusters(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: studyOptions });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { out = "catalogue.parquet" } = values;
  const study = await studyOf("clusters", positionals, values);
  try {
    const columns = await study.catalogue();
    await saveTable(out, columns, { provenance: await study.provenance() });
    const { clusters: found } = await (await study.representation()).clusters();
    console.log(`${new Set(found).size} clusters of ${found.length} images: ${out}`);
  } finally {
    await study.close();
  }
  return 0;
}
