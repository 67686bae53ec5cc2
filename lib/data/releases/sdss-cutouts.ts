import { oneZip } from "./named-dataset.js";

/** Galaxies of SDSS without any table. */
export const sdssCutouts = oneZip({ name: "sdss-cutouts", file: "sdss-cutouts.zip", source: "SDSS cutouts" });
