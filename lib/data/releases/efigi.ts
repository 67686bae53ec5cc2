import type { Table } from "../tables/table.js";
import { oneZip } from "./named-dataset.js";

/**
 * The EFIGI attribute table (Baillard et al. 2011) with -1, its mark for "undetermined", as NaN. The morphological type
 * T and its limits keep -1, where it is a type (S0+).
 */
function reshapeEfigi(table: Table): Table {
  const numeric = new Map<string, Float64Array>();
  for (const [name, column] of table.numeric)
    numeric.set(name, /^T(_inf|_sup)?$/.test(name) ? column : column.map((v) => (v === -1 ? Number.NaN : v)));
  return { ...table, numeric };
}

/** EFIGI: SDSS galaxies with visual attributes. */
export const efigi = oneZip(
  {
    name: "efigi",
    file: "efigi.zip",
    source: "EFIGI (Baillard et al. 2011, A&A 532, A74)",
    url: "http://efigi.org",
  },
  { reshape: reshapeEfigi },
);
