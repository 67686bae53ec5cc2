import type { Profile } from "./settings.js";

/**
 * How large a run is. `paper` is the paper's own choice everywhere; the other two are smaller where time demands
 * it and nowhere else, and `smaller` says so for the ledger.
 */
export interface ProfileSizes {
  /** Images of the mock survey and of the mock radio set. */
  survey: number;
  radioSurvey: number;
  /** Of a real dataset, at most so many images. */
  limit: number;
  /** Side of the preprocessed image, and of the network's input; pixels. The last is for the mock radio set. */
  cropSize: number;
  imageSize: number;
  radioImageSize: number;
  epochs: number;
  radioEpochs: number;
  batchSize: number;
  radioBatchSize: number;
  /** Width of the hidden layer of projector and predictor. */
  hiddenSize: number;
  /** Mixture: upper limit of components, k-means starts. */
  components: number;
  mixtureStarts: number;
  /** Active learning: labels in total. */
  labels: number;
  /** Why sizes differ from the paper's. */
  smaller: string;
}

export const profileSizes: Readonly<Record<Profile, ProfileSizes>> = {
  quick: {
    survey: 480,
    radioSurvey: 240,
    limit: 1000,
    cropSize: 128,
    imageSize: 64,
    radioImageSize: 64,
    epochs: 3,
    radioEpochs: 3,
    batchSize: 32,
    radioBatchSize: 32,
    hiddenSize: 512,
    components: 10,
    mixtureStarts: 3,
    labels: 100,
    smaller: "quick profile: sizes that take minutes",
  },
  standard: {
    survey: 2000,
    radioSurvey: 480,
    limit: 12000,
    cropSize: 160,
    imageSize: 80,
    radioImageSize: 75,
    epochs: 8,
    radioEpochs: 8,
    batchSize: 32,
    radioBatchSize: 32,
    hiddenSize: 1024,
    components: 20,
    mixtureStarts: 10,
    labels: 200,
    smaller: "standard profile: sizes for two cores and less than an hour",
  },
  paper: {
    survey: 20000,
    radioSurvey: 1256,
    limit: 1e9,
    cropSize: 300,
    imageSize: 300,
    radioImageSize: 150,
    epochs: 20,
    radioEpochs: 50,
    batchSize: 128,
    radioBatchSize: 32,
    hiddenSize: 4096,
    components: 20,
    mixtureStarts: 10,
    labels: 200,
    smaller: "",
  },
};
