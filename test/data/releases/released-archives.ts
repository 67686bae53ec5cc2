import { existsSync } from "node:fs";

const folder = process.env.LATENT_SKY_DATA;

/** What `skip` takes in a test on released data: false where the archives are here, else why it is skipped. */
export const withoutArchives =
  folder && existsSync(folder) ? false : "LATENT_SKY_DATA does not name a folder with the released archives";
