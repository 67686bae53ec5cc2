import { imagenetFile } from "../nn/imagenet-file.js";
import { findImagenet } from "../nn/weights-file.js";

/** A start of the weights, by the name the figures use. */
export interface WeightsStart {
  name: string;
  /** Where the weights come from, or why they are missing. */
  note: string;
  available: boolean;
  /** What `loadWeights` takes: "random", "imagenet" or a file. A network of this project's own is trained first. */
  weights(): Promise<string>;
}

/** Section 5.2 compares these two. A start whose weights are not here is listed with the reason, never replaced. */
export function commonStarts(): WeightsStart[] {
  const random = {
    name: "random",
    note: "drawn from the seed",
    available: true,
    weights: async () => "random",
  };
  try {
    const note = imagenetFile(findImagenet());
    return [random, { name: "ImageNet", note, available: true, weights: async () => "imagenet" }];
  } catch (error) {
    return [random, missingStart("ImageNet", (error as Error).message)];
  }
}

export function missingStart(name: string, note: string): WeightsStart {
  const weights = async () => {
    throw new Error(`The ${name} start has no weights: ${note}`);
  };
  return { name, note, available: false, weights };
}
