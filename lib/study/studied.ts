import type { Dataset } from "../data/dataset.js";
import type { FeatureSource } from "./feature-source.js";
import type { ProfileSizes } from "./profile-sizes.js";
import type { Settings } from "./settings.js";
import type { StudyCache } from "./study-cache.js";
import type { StudyImages } from "./study-images.js";
import type { WeightsStart } from "./weights-starts.js";

/** What a representation needs of its study. */
export interface Studied {
  readonly settings: Settings;
  readonly sizes: ProfileSizes;
  readonly cache: StudyCache;
  readonly dataset: Dataset;
  /** Where the features come from when nothing is trained. */
  readonly given: FeatureSource | null;
  readonly starts: () => Promise<WeightsStart[]>;
  describe(images: number): string;
  images(): Promise<StudyImages>;
  /** The key of the stage that gives these images. */
  imagesKey(): Promise<string>;
  evaluation(): Promise<{ indices: Uint32Array; labels: string[] } | null>;
}
