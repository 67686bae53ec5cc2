/** Every release that can be opened by name, a line each. */

export { mock, mockRadioSet } from "../mock/mock-datasets.js";
export { decalsExamples } from "./decals-examples.js";
export { efigi } from "./efigi.js";
export { galaxyZoo2 } from "./galaxy-zoo-2.js";
export { galaxyZooDecals } from "./galaxy-zoo-decals.js";
export { mirabest } from "./mirabest.js";
export { radioGalaxyDataset } from "./radio-galaxy-dataset.js";
export { sdssCutouts } from "./sdss-cutouts.js";
