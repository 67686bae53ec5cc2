import { openArchive } from "../archives/open-archive.js";
import { openGalaxyZooDecals } from "../releases/galaxy-zoo-decals.js";
import { openMiraBest } from "../releases/mirabest.js";
import type { NamedDataset } from "../releases/named-dataset.js";
import { mockRadio } from "./mock-radio.js";
import { mockSizes } from "./mock-sizes.js";
import { mockSurvey } from "./mock-survey.js";

/** The mock survey by its name. */
export const mock: NamedDataset = {
  name: "mock",
  sky: "optical",
  drawn: true,
  files: "made on first use",
  source: "the mock survey of this project",
  manifest: false,
  find: async () => "mock",
  async open(_, options) {
    const folder = await mockSurvey({ size: mockSizes.optical.quick, ...options.mock });
    return openGalaxyZooDecals(folder, options);
  },
};

/** The mock radio set by its name. */
export const mockRadioSet: NamedDataset = {
  name: "mock-radio",
  sky: "radio",
  drawn: true,
  files: "made on first use",
  source: "the mock radio set of this project",
  manifest: false,
  find: async () => "mock-radio",
  async open(_, options) {
    const archive = await openArchive(await mockRadio({ size: mockSizes.radio.quick, ...options.mock }));
    const about = { source: this.source, path: archive.path, fingerprint: "" };
    return openMiraBest(archive, this.name, about, options, { drawn: true });
  },
};
