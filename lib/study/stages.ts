import { augmentDefaults } from "../nn/byol-augment.js";
import type { ByolOptions } from "../nn/byol-options.js";
import { preprocessVersion } from "../preprocess/preprocess.js";
import { shortHash } from "./study-cache.js";

/**
 * The stages of a representation, each made from the one before; plane and clusters both from the reduced features.
 * Their keys name everything that a result depends on.
 */
export interface StageKeys {
  images: string;
  train: string;
  encoder: string;
  features: string;
  reduced: string;
  plane: string;
  clusters: string;
}

/**
 * The recipe of each stage: goes up whenever a change in the code gives the same settings other numbers, or keeps them
 * in another form. Then that stage and those after it have other keys, so that what one version of the code kept is
 * neither read nor overwritten by another. 1 is not written into a key.
 */
export const stageRecipes: Record<keyof StageKeys, number> = {
  // Keys were first made of pixels of version 2.
  images: preprocessVersion - 1,
  train: 1,
  encoder: 1,
  features: 1,
  reduced: 1,
  plane: 1,
  clusters: 1,
};

/** The own settings of each stage. */
export interface StageSettings {
  /** Key of the images that are trained on. */
  images: string;
  /** What the starting weights are: "random", or a digest of their file. */
  weights: string;
  byol: ByolOptions & { epochs: number };
  /** How an epoch is judged: its accuracy stands in the log of the training. */
  evaluation: unknown;
  pca: unknown;
  umap: unknown;
  mixture: unknown;
  /** Digest of features that were given, where nothing is trained. */
  given?: string;
}

/**
 * The key of a stage is the hash of its name, its own settings and the key of what it was made from: a setting that
 * changes gives its stage and those after it another key, and leaves those before it alone. `epochs` belongs to the
 * encoder, so that a finished training can be continued in its own folder.
 */
export function stageKeys(settings: StageSettings): StageKeys {
  const { weights, byol, evaluation, pca, umap, mixture, given } = settings;
  const { epochs, ...training } = byol;
  const recipe = (name: keyof StageKeys) => (stageRecipes[name] === 1 ? [] : [stageRecipes[name]]);
  const key = (name: keyof StageKeys, own: unknown, previous: string) =>
    shortHash([name, own, previous, ...recipe(name)]);
  const images = stageRecipes.images === 1 ? settings.images : key("images", {}, settings.images);
  const train = key("train", { weights, ...training, augment: augmentDefaults, evaluation }, images);
  const encoder = key("encoder", { epochs }, train);
  const features = given ? key("features", { given }, images) : key("features", {}, encoder);
  const reduced = key("reduced", pca, features);
  const plane = key("plane", umap, reduced);
  const clusters = key("clusters", mixture, reduced);
  return { images, train, encoder, features, reduced, plane, clusters };
}
