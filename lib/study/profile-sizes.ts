import type { Sky } from "../data/dataset.js";
import { mockSizes } from "../data/mock/mock-sizes.js";
import { searchDefaults } from "../discovery/search-defaults.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { byolDefaults } from "../nn/byol-options.js";
import { cropDefaults } from "../preprocess/crop.js";
import type { Profile } from "./settings.js";

/** How large a run is. */
export interface ProfileSizes {
  /** Images of the mock set. */
  survey: number;
  /** Of a real dataset, at most so many images. */
  limit: number;
  /** Side of the preprocessed image, and of the network's input; pixels. */
  cropSize: number;
  imageSize: number;
  /** Of each side of a real radio image, the share that the network's input keeps. */
  ofOwnPixels: number;
  epochs: number;
  batchSize: number;
  /** Width of the hidden layer of projector and predictor. */
  hiddenSize: number;
  /** Mixture: upper limit of components, k-means starts. */
  components: number;
  mixtureStarts: number;
  /** Active learning: labels in total. */
  labels: number;
  /** Where starts of the weights are compared: seeds in all, and the epochs to which those after the first train. */
  seeds: number;
  seedEpochs: number;
  /** Why sizes differ from the paper's; empty where they do not. */
  smaller: string;
}

/** What section 8.1 changed for radio galaxies; MiraBest's images are 150 pixels wide. */
export const radioDefaults: Readonly<{ epochs: number; batchSize: number; imageSize: number }> = {
  epochs: 50,
  batchSize: 32,
  imageSize: 150,
};

const quick = {
  limit: 1000,
  cropSize: 128,
  imageSize: 64,
  ofOwnPixels: 0.5,
  epochs: 3,
  batchSize: 32,
  hiddenSize: 512,
  components: 10,
  mixtureStarts: 3,
  labels: 100,
  seeds: 1,
  seedEpochs: 0,
  smaller: "quick profile: sizes that take minutes",
};

const standard = () => ({
  ...paper(),
  limit: 12_000,
  cropSize: 160,
  imageSize: 80,
  epochs: 8,
  batchSize: 32,
  hiddenSize: 1024,
  seeds: 1,
  seedEpochs: 0,
  smaller: "standard profile: sizes for two cores and less than an hour",
});

/** Read from what the code uses by default at the moment of asking: there is no second place to change. */
const paper = () => ({
  limit: 1e9,
  cropSize: cropDefaults.size,
  imageSize: cropDefaults.size,
  ofOwnPixels: 1,
  epochs: byolDefaults.epochs,
  batchSize: byolDefaults.batchSize,
  hiddenSize: byolDefaults.hiddenSize,
  components: mixtureDefaults.nComponents,
  mixtureStarts: mixtureDefaults.nInit,
  labels: searchDefaults.budget,
  // The paper has one; three is the least that shows whether an order holds.
  seeds: 3,
  seedEpochs: 10,
  smaller: "",
});

/**
 * The sizes of a profile under a sky: `paper` is the paper's own choice everywhere; the other two are smaller where
 * time demands it and nowhere else.
 */
export function profileSizes(profile: Profile, sky: Sky): ProfileSizes {
  const sizes = { quick: () => quick, standard, paper }[profile]();
  const survey = mockSizes[sky][profile];
  const ofSky = {
    optical: {},
    radio: {
      // Sets of radio galaxies are small: all of them, at every profile.
      limit: paper().limit,
      ...{
        quick: {},
        // Half of the images' own 150 pixels.
        standard: { imageSize: radioDefaults.imageSize / 2 },
        paper: radioDefaults,
      }[profile],
    },
  }[sky];
  return { survey, ...sizes, ...ofSky };
}
