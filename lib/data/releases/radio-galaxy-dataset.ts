import { oneZip } from "./named-dataset.js";

/** Radio galaxies of FIRST, 300 pixels wide, in folders by class. */
export const radioGalaxyDataset = oneZip(
  {
    name: "radio-galaxy-dataset",
    file: "radio-galaxy-dataset.zip",
    source: "Radio Galaxy Dataset (Griese et al. 2023), FIRST survey images",
    licence: "MIT",
  },
  // Every image is there twice, under all/ and under its split.
  { sky: "radio", keep: (entry) => entry.includes("/all/") },
);
