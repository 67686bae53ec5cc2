import { fileDigest } from "../files/file-digest.js";
import { imagenetFile } from "../nn/imagenet-file.js";
import { findImagenet } from "../nn/weights.js";

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

/** What stands for the weights in a key: a file's content, since another training may have written another there. */
export async function weightsDigest(start: string): Promise<string> {
  if (start === "random") return start;
  return fileDigest(start === "imagenet" ? findImagenet() : start);
}

export function missingStart(name: string, note: string): WeightsStart {
  const weights = async () => {
    throw new Error(`The ${name} start has no weights: ${note}`);
  };
  return { name, note, available: false, weights };
}
